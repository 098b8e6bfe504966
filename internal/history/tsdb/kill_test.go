package tsdb

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

func pcommonTime(at time.Time) pcommon.Timestamp { return pcommon.NewTimestampFromTime(at) }

// writerDir makes this test binary a process that writes a sample a second into a directory until it is killed, rolls up
// all the while, and says which samples were acknowledged.
const (
	writerDir   = "BRAID_TSDB_WRITER"
	firstSample = "BRAID_TSDB_FIRST"
)

func writeUntilKilled(dir string) {
	db, err := Open(dir, Options{})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	first, _ := strconv.Atoi(os.Getenv(firstSample))
	go func() {
		for {
			if _, err := db.RollUp(ctx, 2); err != nil {
				panic(err)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	for n := first; ; n++ {
		at := epoch.Add(time.Duration(n) * time.Second)
		if _, err := db.Write(ctx, gauges(at, "", map[string]float64{"n": float64(n)}), at); err != nil {
			panic(err)
		}
		fmt.Println(n)
	}
}

func TestDB_KilledWhileWriting_LosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acknowledged := -1
	for kill := range 4 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), writerDir+"="+dir, firstSample+"="+strconv.Itoa(acknowledged+1))
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for i := 0; i < 9_000+kill*1_000 && lines.Scan(); i++ {
			acknowledged, err = strconv.Atoi(lines.Text())
			require.NoError(t, err)
		}
		require.NoError(t, cmd.Process.Kill()) // SIGKILL
		for lines.Scan() {
			if n, err := strconv.Atoi(lines.Text()); err == nil {
				acknowledged = n
			}
		}
		require.Error(t, cmd.Wait())

		db, err := Open(dir, Options{})
		require.NoError(t, err)
		last := epoch.Add(time.Duration(acknowledged) * time.Second)
		r, err := db.Metrics("").Query(t.Context(), fmt.Sprintf("count_over_time(n[%ds])", acknowledged+1), last)
		require.NoError(t, err)
		assert.Equal(t, float64(acknowledged+1), r.Series[0].Points[0].Value, "an acknowledged sample is missing")
		r, err = db.Metrics("").Query(t.Context(), "n", last)
		require.NoError(t, err)
		assert.Equal(t, float64(acknowledged), r.Series[0].Points[0].Value)
		require.NoError(t, db.Close())
	}
}
