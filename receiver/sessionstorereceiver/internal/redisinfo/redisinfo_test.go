package redisinfo

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
)

const info = "# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\nmaxmemory:0\r\n# Replication\r\nrole:master\r\n" +
	"connected_slaves:2\r\nslave0:ip=127.0.0.1,port=7003,state=online,offset=1000,lag=1\r\n" +
	"slave1:ip=127.0.0.1,port=7004,state=wait_bgsave,offset=0,lag=0\r\nslave_read_only:1\r\nmaster_repl_offset:1400\r\n" +
	"# Keyspace\r\ndb0:keys=12,expires=12,avg_ttl=1000\r\ndb1:keys=3,expires=0,avg_ttl=0\r\n"

func TestParse_Master_TellsItsReplicas(t *testing.T) {
	assert.Equal(t, source.Server{
		Memory: 1 << 20, Keys: 12,
		Replicas: []source.Replica{
			{Address: "127.0.0.1:7003", Online: true, Lag: time.Second, Behind: 400},
			{Address: "127.0.0.1:7004", Behind: 1400},
		},
	}, Parse(info, 0))
	assert.Equal(t, int64(3), Parse(info, 1).Keys)
	assert.Equal(t, source.Server{Memory: -1, MaxMemory: -1}, Parse("", 0))
}

func FuzzParse(f *testing.F) {
	f.Add(info, 0)
	f.Add("slave0:lag=99999999999999999999\r\nslave9:\r\ndb0:", 0)
	f.Fuzz(func(t *testing.T, text string, database int) {
		s := Parse(text, database)
		assert.LessOrEqual(t, len(s.Replicas), maxReplicas)
	})
}
