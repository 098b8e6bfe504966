package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/braidotel/braid/testbed/chaos/peer"
	"github.com/braidotel/braid/testbed/wait"
)

// Bounds of a scenario. They are generous: the machine may be busy.
const (
	hold         = 4 * time.Second // how long a fault lasts
	pause        = 300 * time.Millisecond
	patience     = 60 * time.Second // by when all must be well again
	answerWithin = 15 * time.Second // by when the assistant must have said something
	pollEvery    = 100 * time.Millisecond
	diskSize     = "192m"
)

// scenario is one fault in the life of a collector.
type scenario struct {
	name    string
	storage string        // of session_correlation and concurrency; default Redis
	small   bool          // the collector's disk is small
	skew    time.Duration // of the senders' clocks while it lasts
	// quiet scenarios end nothing and refuse nothing: /health answers throughout.
	inject func(context.Context, *rig) error
	repair func(context.Context, *rig) error
}

// of a peer.
func slow(name string) scenario { return mode(name, "slow", peer.Slow) }

func down(name string) scenario { return mode(name, "down", peer.Down) }

func wrong(name string) scenario { return mode(name, "wrong", peer.Wrong) }

func mode(name, how string, m peer.Mode) scenario {
	set := func(m peer.Mode) func(context.Context, *rig) error {
		return func(_ context.Context, r *rig) error { r.proxies[name].Set(m); return nil }
	}
	return scenario{name: name + " " + how, inject: set(m), repair: set(peer.Pass)}
}

func full(name string) scenario {
	set := func(full bool) func(context.Context, *rig) error {
		return func(ctx context.Context, r *rig) error { return r.setFull(ctx, name, full) }
	}
	return scenario{name: name + " full", inject: set(true), repair: set(false)}
}

// scenarios are all there are.
func scenarios() []scenario {
	var all []scenario
	for _, name := range []string{backend, redis, postgres, model, broker} {
		all = append(all, slow(name), down(name), wrong(name), full(name))
	}
	nothing := func(context.Context, *rig) error { return nil }
	return append(all,
		scenario{name: diskFull, storage: "file_storage", small: true, inject: fillDisk, repair: freeDisk},
		scenario{name: clockAhead, skew: time.Hour, inject: nothing, repair: nothing},
		scenario{name: clockBehind, skew: -time.Hour, inject: nothing, repair: nothing},
		scenario{name: memoryFull, inject: limitMemory(tight), repair: limitMemory(ample)},
		scenario{name: reload, inject: reloadConfig, repair: nothing},
		scenario{name: kill, inject: killAndStart, repair: nothing},
	)
}

func (r *rig) ballast() string { return filepath.Join(r.disk, "ballast") }

func fillDisk(_ context.Context, r *rig) error {
	f, err := os.Create(r.ballast())
	if err != nil {
		return err
	}
	defer f.Close()
	for size := 1 << 20; size >= 4<<10; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				return err
			}
			size /= 2
		}
	}
	return nil
}

func freeDisk(_ context.Context, r *rig) error { return os.Remove(r.ballast()) }

func limitMemory(mebibytes int) func(context.Context, *rig) error {
	return func(ctx context.Context, r *rig) error {
		if err := writeMemoryLimit(r.dir, mebibytes); err != nil {
			return err
		}
		return reloadConfig(ctx, r)
	}
}

// reloadConfig has the configuration read again and waits until the collector runs on.
func reloadConfig(ctx context.Context, r *rig) error {
	before := r.readies()
	if err := r.process.Reload(); err != nil {
		return err
	}
	return r.until(ctx, patience, func() error {
		if r.readies() == before {
			return errors.New("the collector has not become ready again")
		}
		return nil
	})
}

func killAndStart(ctx context.Context, r *rig) error {
	if err := r.process.Kill(); err != nil {
		return err
	}
	return r.start(ctx)
}

// until polls until nothing is wrong any more, the collector dies, or the time is over; then it returns what is wrong.
func (r *rig) until(ctx context.Context, limit time.Duration, wrong func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := wrong()
		if err == nil {
			return nil
		}
		if died := r.alive(); died != nil {
			return died
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after %v: %w", limit, err)
		}
		if err := wait.For(ctx, pollEvery); err != nil {
			return err
		}
	}
}
