package tsdb

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/tsdb"
)

const (
	// compactable is how much time a head spans when it is compacted.
	compactable = windowM / 2 * 3
	// keepWaiting bounds how long one compaction keeps writers waiting; tryAgain is how long they are then left alone.
	keepWaiting = 5 * time.Second
	tryAgain    = time.Minute
)

// gate keeps writers and compactions of a head apart until the head has begun a file of chunks.
//
// A compaction ends by deleting the files of chunks that are no longer needed. If a writer creates the first one at that
// moment, ChunkDiskMapper.Truncate takes "there were no files" for "all of them were deleted" and numbers from 1 again: chunks
// are then looked for in the wrong file, and the next file that is begun panics (prometheus/prometheus#10291 and later). A
// head that has a file open never comes to that conclusion.
type gate struct {
	db  *tsdb.DB
	dir string // of the files of chunks

	passed  atomic.Bool
	writers sync.RWMutex // held for writing while a compaction runs alone
	newest  int          // number of the newest file that is not the head's own
	next    time.Time    // before it, nothing is tried again
}

// newGate takes over the compactions of a database that was just opened.
func newGate(db *tsdb.DB, dir string) (*gate, error) {
	db.DisableCompactions()
	g := &gate{db: db, dir: dir}
	var err error
	g.newest, err = newestFile(dir)
	return g, err
}

// enter lets a writer in; it calls what is returned when it has written.
func (g *gate) enter() (leave func()) {
	if g.passed.Load() {
		return func() {}
	}
	g.writers.RLock()
	return g.writers.RUnlock
}

// compact is called when something was written: it lets a compaction that is due run alone, or from then on as ever.
func (g *gate) compact(ctx context.Context, now time.Time) error {
	if g.passed.Load() || !g.due() {
		return nil
	}
	g.writers.Lock()
	defer g.writers.Unlock()
	if g.passed.Load() || now.Before(g.next) || !g.due() {
		return nil
	}
	newest, err := newestFile(g.dir)
	if err != nil {
		return err
	}
	g.db.EnableCompactions()
	// It looks for what is due when something is committed.
	if err := g.db.AppenderV2(ctx).Commit(); err != nil {
		return err
	}
	if newest > g.newest {
		g.passed.Store(true)
		return nil
	}
	g.wait(ctx, now)
	g.db.DisableCompactions() // waits for the one that runs
	g.newest, err = newestFile(g.dir)
	return err
}

// wait waits until nothing is due. If that takes long (the disk is full) it gives up for a while.
func (g *gate) wait(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, keepWaiting)
	defer cancel()
	for g.due() {
		select {
		case <-ctx.Done():
			g.next = now.Add(tryAgain)
			return
		case <-time.After(5 * time.Millisecond): //nolint:forbidigo // waits for a goroutine of the database, not for a time
		}
	}
}

// due says whether the head is to be compacted, as the database itself decides it.
func (g *gate) due() bool {
	head := g.db.Head()
	return head.NumSeries() > 0 && head.MaxTime()-head.MinTime() > compactable
}

// newestFile is the highest number of a file of chunks; 0 if there is none.
func newestFile(dir string) (int, error) {
	files, err := chunkFiles(dir)
	newest := 0
	for n := range files {
		newest = max(newest, n)
	}
	return newest, err
}
