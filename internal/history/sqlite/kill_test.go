package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
)

// writerDir makes this test binary a process that writes batches into a directory until it is killed, and says on its
// standard output which were acknowledged.
const (
	writerDir  = "BRAID_HISTORY_WRITER"
	perBatch   = 50
	firstBatch = "BRAID_HISTORY_FIRST"
)

func writeUntilKilled(dir string) {
	db, _, err := sqlite.Open(context.Background(), filepath.Join(dir, "records.db"), sqlite.Options{})
	if err != nil {
		panic(err)
	}
	store := relational.New(db, relational.Limits{})
	first, _ := strconv.Atoi(os.Getenv(firstBatch))
	for n := first; ; n++ {
		var b history.Batch
		for i := range perBatch {
			b.Sessions = append(b.Sessions, history.Session{ID: fmt.Sprintf("%d-%d", n, i), Start: time.Unix(1, 0), Last: time.Unix(2, 0)})
		}
		if err := store.Write(context.Background(), &b); err != nil {
			panic(err)
		}
		fmt.Println(n)
	}
}

func TestStore_KilledWhileWriting_LosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acknowledged := -1
	for kill := range 8 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), writerDir+"="+dir, firstBatch+"="+strconv.Itoa(acknowledged+1))
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for i := 0; i < 5+kill*3 && lines.Scan(); i++ {
			acknowledged, err = strconv.Atoi(lines.Text())
			require.NoError(t, err)
		}
		require.NoError(t, cmd.Process.Kill()) // SIGKILL, in the middle of the next batch
		for lines.Scan() {                     // what it still said before it died
			acknowledged, err = strconv.Atoi(lines.Text())
			require.NoError(t, err)
		}
		require.Error(t, cmd.Wait())

		store, opened := open(t, filepath.Join(dir, "records.db"))
		assert.Empty(t, opened.Quarantined)
		counts, err := store.CountSessions(t.Context(), history.SessionQuery{}, history.ByNothing)
		require.NoError(t, err)
		n := counts.Items[0].N
		assert.GreaterOrEqual(t, n, int64((acknowledged+1)*perBatch), "an acknowledged record is missing")
		assert.Zero(t, n%perBatch, "a batch is there in part")
		require.NoError(t, store.Close())
	}
	assert.Greater(t, acknowledged, 40)
}
