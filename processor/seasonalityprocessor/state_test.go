package seasonalityprocessor

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/braidotel/braid/internal/journal/journaltest"
)

// minutes sends a value a minute, of a hundred services.
func (r *rig) minutes(from, to int, value float64) {
	for minute := from; minute < to; minute++ {
		for service := range 100 {
			r.consume(gauge(fmt.Sprint(service), "system.load", time.Duration(minute)*time.Minute, value))
		}
	}
}

func (r *rig) writeAll() {
	r.t.Helper()
	for more := true; more; {
		var err error
		more, err = r.core.writeBatch(r.t.Context(), time.Now(), true)
		require.NoError(r.t, err)
	}
}

// A killed collector knows afterwards what it had stored, and a reloaded one all.
func TestStorage_Killed_LearnsOnFromTheCheckpoint(t *testing.T) {
	d := journaltest.NewDisk()
	r := newRig(t, storedConfig(), rulers).start(journaltest.Host{Extension: d})
	r.minutes(0, 3, 100)
	r.writeAll()
	r.minutes(3, 5, 100)
	left := d.After()
	r.stop()

	for _, d := range []*journaltest.Disk{left, d} {
		r = newRig(t, storedConfig(), rulers).start(journaltest.Host{Extension: d})
		r.minutes(6, 8, 150)
		r.stop()
		points := r.derived(metricActive)
		assert.Len(t, points, 100, "what was usual is known at once")
		assert.Empty(t, r.counted("checkpoint_damaged"))
		assert.Zero(t, d.Open())
	}
}

func TestStorage_Checkpoint_ComesInItsTurn(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Storage = &journaltest.DiskID
	synctest.Test(t, func(t *testing.T) {
		d := journaltest.NewDisk()
		r := newRig(t, cfg, rulers).start(journaltest.Host{Extension: d})
		now := func() time.Duration { return time.Since(base) }
		for range 3 {
			r.consume(gauge("shop", "system.load", now(), 100))
			r.consume(gauge("cart", "system.load", now(), 100))
			time.Sleep(time.Minute)
		}
		assert.LessOrEqual(t, len(d.Keys()), 3)
		time.Sleep(5 * time.Minute)
		assert.Equal(t, []string{"series/0", "series/1", slotsKey}, d.Keys())
		assert.LessOrEqual(t, r.counted("checkpoint_written")[""], int64(4), "each at most twice in eight minutes")
		require.NoError(t, r.node.Shutdown(context.Background()))
	})
}

func TestStorage_Evicted_IsDeleted(t *testing.T) {
	cfg := storedConfig()
	cfg.MaxSeries = 10
	d := journaltest.NewDisk()
	r := newRig(t, cfg, rulers).start(journaltest.Host{Extension: d})
	r.minutes(0, 3, 100) // all thrash: none of a hundred fits
	for service := range 10 {
		for minute := 3; minute < 6; minute++ {
			r.consume(gauge(fmt.Sprint(service), "system.load", time.Duration(minute)*time.Minute, 100))
		}
	}
	r.writeAll()
	require.Len(t, d.Keys(), 11)
	r.consume(gauge("new", "system.load", 6*time.Minute, 100))
	r.writeAll()
	assert.Len(t, d.Keys(), 10, "the slot of the oldest is empty")
	r.consume(gauge("new", "system.load", 7*time.Minute, 100))
	r.writeAll()
	assert.Len(t, d.Keys(), 11, "and used again")
	r.stop()

	cfg.MaxSeries = 5
	r = newRig(t, cfg, rulers).start(journaltest.Host{Extension: d})
	assert.Equal(t, 5, r.core.tenants[""].series, "a smaller bound holds from the start")
	r.stop()
	assert.Len(t, d.Keys(), 6)
}

func TestStorage_Full_GoesOnAndTriesAgain(t *testing.T) {
	d := journaltest.NewDisk()
	r := newRig(t, storedConfig(), rulers).start(journaltest.Host{Extension: d})
	r.minutes(0, 3, 100)
	d.SetFull(true)
	_, err := r.core.writeBatch(t.Context(), time.Now(), true)
	require.ErrorIs(t, err, journaltest.ErrFull)
	assert.Equal(t, map[string]int64{"write": 1}, r.counted("checkpoint_errors"))
	r.minutes(3, 4, 100)
	d.SetFull(false)
	r.writeAll()
	assert.Len(t, d.Keys(), 101)
	r.stop()
}

func TestStorage_Damage_IsCountedAndLearntAnew(t *testing.T) {
	d := journaltest.NewDisk()
	r := newRig(t, storedConfig(), rulers).start(journaltest.Host{Extension: d})
	r.minutes(0, 3, 100)
	r.stop()
	d.Change("series/0", func(entry []byte) []byte {
		entry[len(entry)/2] ^= 1
		return entry
	})
	d.Change("series/1", func(entry []byte) []byte { return entry[:7] })
	d.Change("series/2", func(entry []byte) []byte {
		entry[0] = 99
		return entry
	})
	r = newRig(t, storedConfig(), rulers).start(journaltest.Host{Extension: d})
	assert.Equal(t, int64(3), r.counted("checkpoint_damaged")[""])
	assert.Equal(t, 97, r.core.tenants[""].series)
	r.minutes(4, 6, 100)
	r.stop()

	d.Change(slotsKey, func([]byte) []byte { return []byte("nonsense") })
	r = newRig(t, storedConfig(), rulers).start(journaltest.Host{Extension: d})
	assert.Empty(t, r.core.tenants)
	r.stop()
}

func TestStorage_OtherSeason_IsLearntAnewAndOtherLimitsAreNot(t *testing.T) {
	d := journaltest.NewDisk()
	rule := RuleConfig{Names: []string{"system.load"}}
	run := func() int64 {
		cfg := storedConfig()
		cfg.Metrics = []RuleConfig{rule}
		r := newRig(t, cfg, rulers).start(journaltest.Host{Extension: d})
		r.minutes(0, 2, 100)
		r.stop()
		return r.counted("checkpoint_damaged")[""]
	}
	assert.Zero(t, run())
	rule.Limits, rule.MinDev = []LimitConfig{{Name: "a", Value: 1}}, 2
	assert.Zero(t, run())
	rule.Season = "day"
	assert.Equal(t, int64(100), run())
	assert.Zero(t, run())
}

func TestStorage_Missing_RefusesToStart(t *testing.T) {
	r := newRig(t, storedConfig(), rulers)
	require.ErrorContains(t, r.node.Start(t.Context(), componenttest.NewNopHost()), "service::extensions")
	r.stop()
	r = newRig(t, storedConfig(), rulers)
	require.ErrorContains(t, r.node.Start(t.Context(), journaltest.Host{}), "no storage")
	r.stop()
}
