package concurrencyprocessor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/journal"
	"github.com/braidotel/braid/internal/journal/journaltest"
)

func storedConfig() *Config {
	cfg := replayConfig()
	cfg.Storage = &journaltest.DiskID
	return cfg
}

// unhurriedConfig does not wait for a next consumer that is down, as a replay would.
func unhurriedConfig() *Config {
	cfg := storedConfig()
	cfg.Clock = clockLive
	return cfg
}

// traffic is two hours of visits in batches, out of order by up to 4 s.
func traffic(seed uint64) [][]visit {
	rng := rand.New(rand.NewPCG(seed, 1))
	var batches [][]visit
	for at := time.Duration(0); at < 2*time.Hour; at += 20 * time.Second {
		var batch []visit
		for range 30 {
			batch = append(batch, visit{
				at + time.Duration(rng.Int64N(int64(20*time.Second))) - time.Duration(rng.Int64N(int64(4*time.Second))),
				[]string{"shop", "cart", ""}[rng.IntN(3)], fmt.Sprint(rng.IntN(500)),
			})
			batch[len(batch)-1].at = max(0, batch[len(batch)-1].at)
		}
		batches = append(batches, batch)
	}
	return append(batches, []visit{{5 * time.Hour, "end", "end"}}) // so that everything closes
}

// undisturbed is what one collector without a crash sends.
func undisturbed(t *testing.T, batches [][]visit) (map[string]int64, map[string]int64) {
	t.Helper()
	r := newRig(t, replayConfig()).start(componenttest.NewNopHost())
	for _, b := range batches {
		r.visit(b...)
	}
	r.stop()
	return users(r.sketches()), lastGauges(r)
}

// lastGauges are the gauges by series and time; of a point sent twice the later one counts.
func lastGauges(r *rig) map[string]int64 {
	out := map[string]int64{}
	r.eachGauge(func(series string, at time.Time, value int64) { out[series+at.Format(time.RFC3339)] = value })
	return out
}

// A collector is killed again and again, at any moment between two acknowledged batches or right after one was applied
// and before it was acknowledged, which the sender then sends once more. All it ever sent, together, must be what an
// undisturbed one sends.
func TestStorage_KilledTwentyTimes_SketchesEqualTheUndisturbedRuns(t *testing.T) {
	for seed := range uint64(3) {
		batches := traffic(seed)
		wantUsers, wantGauges := undisturbed(t, batches)
		rng := rand.New(rand.NewPCG(seed, 2))
		d := journaltest.NewDisk()
		gotUsers, gotGauges := map[string]int64{}, map[string]int64{}
		collect := func(r *rig) {
			for name, n := range users(r.sketches()) {
				if strings.HasSuffix(name, "5h0m0s") {
					continue
				}
				gotUsers[name] = max(gotUsers[name], n)
			}
			maps.Copy(gotGauges, lastGauges(r))
		}
		r := newRig(t, storedConfig()).start(journaltest.Host{Extension: d})
		kills := 0
		for i, b := range batches {
			r.core.compactStep(t) // a slice between two batches: counting goes on, ticks close, the kill comes at any point
			r.visit(b...)
			if kills >= 20 || rng.IntN(10) > 0 || i == len(batches)-1 {
				continue
			}
			kills++
			if rng.IntN(4) == 0 {
				r.core.compactNow(t)
			}
			left := d.After()
			r.stop() // the process is gone; what it wrote after the kill does not count
			collect(r)
			d = left
			r = newRig(t, storedConfig()).start(journaltest.Host{Extension: d})
			if rng.IntN(2) == 0 {
				r.visit(b...) // not acknowledged
			}
		}
		require.Equal(t, 20, kills)
		r.stop()
		collect(r)
		for name, n := range wantUsers {
			if !strings.HasSuffix(name, "5h0m0s") {
				require.Equal(t, n, gotUsers[name], "%s seed %d", name, seed)
			}
		}
		for name, n := range wantGauges {
			if !strings.Contains(name, "T14:") { // the last visit's, which an orderly stop keeps for later
				require.Equal(t, n, gotGauges[name], "%s seed %d", name, seed)
			}
		}
	}
}

// compactNow rewrites the journal as it would be once it had grown.
func (c *core) compactNow(t *testing.T) {
	t.Helper()
	for c.compactStep(t) {
	}
}

// compactStep rewrites a single group. It reports whether there are more.
func (c *core) compactStep(t *testing.T) (more bool) {
	t.Helper()
	c.rewriting.mu.Lock()
	c.rewriting.slice = 1
	c.rewriting.mu.Unlock()
	require.Eventually(t, c.debts.none, 10*time.Second, time.Millisecond)
	more, err := c.rewrite(t.Context())
	require.NoError(t, err)
	return more
}

func TestStorage_Reload_GoesOnWhereItStopped(t *testing.T) {
	d := journaltest.NewDisk()
	batches := traffic(9)
	want, _ := undisturbed(t, batches)
	got := map[string]int64{}
	for _, part := range [][][]visit{batches[:100], batches[100:250], batches[250:]} {
		r := newRig(t, storedConfig()).start(journaltest.Host{Extension: d})
		assert.Equal(t, 1, d.Open(), "one client for all nodes")
		for _, b := range part {
			r.visit(b...)
		}
		r.stop()
		assert.Zero(t, d.Open())
		maps.Copy(got, users(r.sketches()))
	}
	for name, n := range want {
		if !strings.HasSuffix(name, "5h0m0s") {
			assert.Equal(t, n, got[name], name)
		}
	}
}

func TestStorage_Full_RefusesUntilThereIsRoom(t *testing.T) {
	d := journaltest.NewDisk()
	r := newRig(t, storedConfig()).start(journaltest.Host{Extension: d})
	r.visit(visit{0, "shop", "a"})
	d.SetFull(true)
	refused := visits(visit{time.Second, "shop", "b"})
	require.ErrorIs(t, r.traces.ConsumeTraces(t.Context(), refused), journaltest.ErrFull)
	require.ErrorContains(t, r.traces.ConsumeTraces(t.Context(), refused), "disk")
	assert.Equal(t, 1, r.tracesSink.SpanCount(), "what is not durable is not passed on")
	d.SetFull(false)
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), refused))
	left := d.After()
	r.stop()
	again := newRig(t, storedConfig()).start(journaltest.Host{Extension: left})
	again.visit(visit{3 * time.Hour, "shop", "z"})
	again.stop()
	assert.EqualValues(t, 2, users(again.sketches())["session/shop 1h @0s"])
}

func TestStorage_DamagedEntries_CostOnlyThemselves(t *testing.T) {
	d := journaltest.NewDisk()
	r := newRig(t, storedConfig()).start(journaltest.Host{Extension: d})
	for i := range 20 {
		r.visit(visit{time.Duration(i) * time.Second, "shop", fmt.Sprint(i)})
	}
	left := d.After()
	r.stop()
	for _, key := range left.Keys() {
		if strings.HasSuffix(key, "segment/5") {
			left.Change(key, func(value []byte) []byte { return value[:len(value)-3] })
		}
	}
	again := newRig(t, storedConfig()).start(journaltest.Host{Extension: left})
	m, err := again.tel.GetMetric("otelcol_processor_concurrency_journal_damaged")
	require.NoError(t, err)
	assert.NotEmpty(t, fmt.Sprint(m.Data))
	again.visit(visit{3 * time.Hour, "shop", "z"})
	again.stop()
	assert.EqualValues(t, 19, users(again.sketches())["session/shop 1h @0s"])
}

func TestStorage_OtherTickOrSecret_StartsAfresh(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"tick":   func(c *Config) { c.Tick, c.Tiers[0] = time.Second, time.Second; c.Window = 3 * time.Minute },
		"secret": func(c *Config) { c.Secret = "another secret of ours" },
	} {
		t.Run(name, func(t *testing.T) {
			d := journaltest.NewDisk()
			r := newRig(t, storedConfig()).start(journaltest.Host{Extension: d})
			r.visit(visit{0, "shop", "a"}, visit{time.Second, "shop", "b"})
			r.stop()
			cfg := storedConfig()
			change(cfg)
			again := newRig(t, cfg).start(journaltest.Host{Extension: d})
			again.visit(visit{2 * time.Second, "shop", "c"}, visit{3 * time.Hour, "shop", "z"})
			again.stop()
			assert.EqualValues(t, 1, users(again.sketches())["session/shop 1h @0s"])
		})
	}
}

func TestStorage_RandomSecret_OutlivesTheRestart(t *testing.T) {
	d := journaltest.NewDisk()
	var last *rig
	for _, v := range []visit{{0, "shop", "a"}, {time.Second, "shop", "a"}, {2 * time.Second, "shop", "b"}, {3 * time.Hour, "end", "z"}} {
		cfg := storedConfig()
		cfg.Secret = ""
		last = newRig(t, cfg).start(journaltest.Host{Extension: d})
		last.visit(v)
		last.stop()
	}
	assert.EqualValues(t, 2, users(last.sketches())["session/shop 1h @0s"])
}

func TestStorage_MergedSketches_SurviveAKill(t *testing.T) {
	records, want := sentByEdges(t, time.Minute)
	d := journaltest.NewDisk()
	cfg := storedConfig()
	cfg.Lateness = 10 * time.Minute
	r := newRig(t, cfg).start(journaltest.Host{Extension: d})
	for _, ld := range records {
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
	}
	left := d.After()
	r.stop()
	cfg = storedConfig()
	cfg.Lateness = 10 * time.Minute
	again := newRig(t, cfg).start(journaltest.Host{Extension: left})
	again.visit(visit{3 * time.Hour, "end", "z"})
	again.stop()
	assert.Equal(t, want["session/shop 1m @1m0s"], users(again.sketches())["session/shop 1m @1m0s"])
}

func TestStorage_Undelivered_IsSentAfterTheRestart(t *testing.T) {
	d := journaltest.NewDisk()
	r := newRig(t, unhurriedConfig())
	r.logs.(*logs).next = consumertest.NewErr(errors.New("down"))
	r.start(journaltest.Host{Extension: d})
	r.visit(visit{0, "shop", "a"}, visit{10 * time.Minute, "shop", "b"})
	left := d.After()
	r.stop()
	assert.Empty(t, r.sketches())
	for _, kept := range []*journaltest.Disk{left, d} { // after a kill, and after an orderly stop
		again := newRig(t, storedConfig()).start(journaltest.Host{Extension: kept})
		again.visit(visit{10*time.Minute + time.Second, "shop", "b"})
		again.stop()
		assert.EqualValues(t, 1, users(again.sketches())["session/shop 1m @0s"])
	}
}

// A rewriting that is half done must not go on over what closed and is still owed: stored as closed, it would never be
// sent.
func TestStorage_RewritingWhileSomethingIsOwed_Waits(t *testing.T) {
	d := journaltest.NewDisk()
	r := newRig(t, unhurriedConfig())
	var down atomic.Bool
	next, err := consumer.NewLogs(func(ctx context.Context, ld plog.Logs) error {
		if down.Load() {
			return errors.New("down")
		}
		return r.logsSink.ConsumeLogs(ctx, ld)
	})
	require.NoError(t, err)
	r.logs.(*logs).next = next
	r.start(journaltest.Host{Extension: d})
	r.visit(visit{0, "shop", "a"}, visit{0, "cart", "b"})
	require.True(t, r.core.compactStep(t), "one of several slices")
	down.Store(true)
	r.visit(visit{10 * time.Minute, "shop", "c"})
	for range 10 {
		more, err := r.core.rewrite(t.Context())
		require.NoError(t, err)
		assert.False(t, more)
	}
	left := d.After()
	r.stop()
	again := newRig(t, storedConfig()).start(journaltest.Host{Extension: left})
	again.visit(visit{10*time.Minute + time.Second, "shop", "c"})
	again.stop()
	got := users(again.sketches())
	assert.EqualValues(t, 1, got["session/shop 1m @0s"])
	assert.EqualValues(t, 1, got["session/cart 1m @0s"])
	assert.EqualValues(t, 2, got["session/ 1m @0s"])
}

func TestStorage_Missing_SaysWhatToDo(t *testing.T) {
	for name, h := range map[string]component.Host{
		"not_there":  componenttest.NewNopHost(),
		"no_storage": journaltest.Host{Extension: consumerExtension{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, storedConfig())
			err := r.traces.Start(t.Context(), h)
			require.ErrorContains(t, err, `"disk"`)
			r.stop()
		})
	}
}

type consumerExtension struct {
	component.StartFunc
	component.ShutdownFunc
	consumertest.Consumer
}

// A damaged journal entry that still passes its checksum was never written by this code, but may be by another version.
func FuzzReplay(f *testing.F) {
	tick := binary.AppendVarint(nil, 883_000_000)
	f.Add(entryObserved, []byte("\x00\x07session"), append(tick, 1, 2, 3, 4, 5, 6, 7, 8))
	f.Add(entryClosed, []byte("tenant"), tick)
	f.Add(entrySeries, []byte("\x00\x07session"), []byte{1, 0})
	f.Add(entryFrame, []byte("\x00\x07session"), []byte("BK"))
	f.Add(byte(0), []byte(nil), []byte(nil))
	f.Fuzz(func(t *testing.T, kind byte, key, value []byte) {
		r := newRig(t, replayConfig())
		_ = r.core.replay(journal.Entry{Kind: kind, Key: key, Value: value})
		r.start(componenttest.NewNopHost())
		r.visit(visit{0, "shop", "a"}, visit{time.Hour, "shop", "b"})
		r.stop()
	})
}

func TestStorage_GrownJournal_IsRewritten(t *testing.T) {
	d := journaltest.NewDisk()
	r := newRig(t, storedConfig()).start(journaltest.Host{Extension: d})
	// The same thousand sessions again and again; a batch a tick is about 8 KB of journal.
	for tick := range 1200 {
		var vs []visit
		for i := range 1000 {
			vs = append(vs, visit{time.Duration(tick) * 2 * time.Second, "shop", fmt.Sprint(i)})
		}
		r.visit(vs...)
		r.logsSink.Reset()
		r.metricsSink.Reset()
		r.tracesSink.Reset()
	}
	require.Eventually(t, func() bool { return r.core.journal.Bytes() < 3<<20 }, 10*time.Second, time.Millisecond)
	left := d.After()
	r.stop()
	again := newRig(t, storedConfig()).start(journaltest.Host{Extension: left})
	again.visit(visit{3 * time.Hour, "shop", "z"})
	again.stop()
	assert.EqualValues(t, 1000, users(again.sketches())["session/shop 1h @0s"])
}
