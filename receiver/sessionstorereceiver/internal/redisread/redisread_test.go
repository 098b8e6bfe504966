package redisread

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/layout"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
)

const info = "# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\nmaxmemory:0\r\n# Replication\r\nrole:master\r\n" +
	"connected_slaves:2\r\nslave0:ip=127.0.0.1,port=7003,state=online,offset=1000,lag=1\r\n" +
	"slave1:ip=127.0.0.1,port=7004,state=wait_bgsave,offset=0,lag=0\r\nslave_read_only:1\r\nmaster_repl_offset:1400\r\n" +
	"# Keyspace\r\ndb0:keys=12,expires=12,avg_ttl=1000\r\ndb1:keys=3,expires=0,avg_ttl=0\r\n"

func TestParseInfo_Master_TellsItsReplicas(t *testing.T) {
	assert.Equal(t, source.Server{
		Memory: 1 << 20, Keys: 12,
		Replicas: []source.Replica{
			{Address: "127.0.0.1:7003", Online: true, Lag: time.Second, Behind: 400},
			{Address: "127.0.0.1:7004", Behind: 1400},
		},
	}, ParseInfo(info, 0))
	assert.Equal(t, int64(3), ParseInfo(info, 1).Keys)
	assert.Equal(t, source.Server{Memory: -1, MaxMemory: -1}, ParseInfo("", 0))
}

func FuzzParseInfo(f *testing.F) {
	f.Add(info, 0)
	f.Add("slave0:lag=99999999999999999999\r\nslave9:\r\ndb0:", 0)
	f.Fuzz(func(t *testing.T, text string, database int) {
		s := ParseInfo(text, database)
		assert.LessOrEqual(t, len(s.Replicas), maxReplicas)
	})
}

func TestChannelsFor_Settings(t *testing.T) {
	for flags, want := range map[string]struct {
		by   channels
		sent bool
	}{
		"": {byKey, false}, "AK": {byKey, true}, "AKE": {byKey, true}, "AE": {byEvent, true}, "Kgxh": {byKey, true},
		"Kg$x": {byKey, true}, "Kgx": {byKey, false}, "Kh": {byKey, false}, "A": {byKey, false}, "Ex": {byEvent, false},
	} {
		by, sent := channelsFor(flags)
		assert.Equal(t, want.sent, sent, flags)
		if sent {
			assert.Equal(t, want.by, by, flags)
		}
	}
}

func TestListener_Notifications_AreGatheredAndBounded(t *testing.T) {
	how, err := layout.New("connect_redis", "", layout.Fields{})
	require.NoError(t, err)
	l := newListener(Options{Layout: how, MaxPending: 2})
	l.note(byKey, "__keyspace@0__:sess:a", "set")
	l.note(byKey, "__keyspace@0__:sess:a", "del")
	l.note(byEvent, "__keyevent@0__:expired", "sess:b:c")
	l.note(byKey, "__keyspace@0__:cart:1", "set")
	assert.False(t, l.missedAny())
	l.note(byKey, "__keyspace@0__:sess:d", "set")
	assert.True(t, l.missedAny(), "a full view is due")
	assert.Equal(t, map[string]string{"sess:a": "del", "sess:b:c": "expired"}, l.take())
	assert.Nil(t, l.take())
	l.forgive()
	assert.False(t, l.missedAny())
	assert.Equal(t, `__keyspace@0__:sess:*`, l.pattern(byKey))
	assert.Equal(t, `__keyevent@0__:*`, l.pattern(byEvent))
}

func TestGlob_SpecialCharacters_StandForThemselves(t *testing.T) {
	assert.Equal(t, `\[b\]\?\\`, glob(`[b]?\`))
	assert.Equal(t, `a\*b\^c`, glob(`a*b^c`))
}
