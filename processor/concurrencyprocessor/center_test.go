package concurrencyprocessor

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/internal/sketch"
)

func edgeConfig(name string) *Config {
	cfg := replayConfig()
	cfg.Edge = name
	cfg.Keys = []string{"service.name"}
	cfg.Sketches.Tiers = []time.Duration{time.Minute}
	cfg.Revision.Reach = 24 * time.Hour
	return cfg
}

func centerConfig() *Config {
	cfg := storedConfig()
	cfg.Edges.Enabled = true
	cfg.Lateness = 30 * time.Second
	cfg.Sketches.Tiers = []time.Duration{5 * time.Minute, time.Hour}
	cfg.Revision = RevisionConfig{Reach: 24 * time.Hour, Every: time.Minute, Keep: []time.Duration{time.Hour}}
	return cfg
}

// hours keeps, as a reader of what a center sends does, the last revision of every hour, and how it was marked.
type hours struct {
	t      *testing.T
	hasher sketch.Hasher
	whole  map[string]*sketch.Sketch
	state  map[string]string
	behind map[string]string
	last   map[string]int64
	status []string
}

func newHours(t *testing.T) *hours {
	t.Helper()
	h, err := sketch.NewHasher([]byte(testSecret), "")
	require.NoError(t, err)
	return &hours{
		t: t, hasher: h, whole: map[string]*sketch.Sketch{}, state: map[string]string{}, behind: map[string]string{}, last: map[string]int64{},
	}
}

func (h *hours) take(all []plog.Logs) {
	h.t.Helper()
	for _, ld := range all {
		for _, rl := range ld.ResourceLogs().All() {
			for _, rec := range rl.ScopeLogs().At(0).LogRecords().All() {
				attrs := rec.Attributes()
				switch _, ofEdge := attrs.Get(attrEdge); {
				case rec.EventName() == eventStatus:
					h.status = append(h.status, textOf(attrs, attrEdge)+" "+textOf(attrs, attrStatus))
				case rec.EventName() == eventSketch && !ofEdge && textOf(attrs, attrTier) == "1h":
					h.sketch(rec)
				}
			}
		}
	}
}

func (h *hours) sketch(rec plog.LogRecord) {
	attrs := rec.Attributes()
	key := counterKey(attrs)
	subject := (&tenant{}).subject(textOf(attrs, attrIdentity), string(key))
	_, s, err := h.hasher.Open(subject, rec.Body().Bytes().AsRaw())
	require.NoError(h.t, err)
	name := recordName(rec)
	revision, ok := attrs.Get(attrRevision)
	require.True(h.t, ok)
	switch state := textOf(attrs, attrState); {
	case state == statePart:
		require.Fail(h.t, "hours are kept", name)
	case h.whole[name] == nil || revision.Int() > h.last[name]:
		h.whole[name] = new(sketch.Sketch)
		h.last[name] = revision.Int()
	}
	require.NoError(h.t, h.whole[name].Merge(s)) // a large exact set comes in several frames
	h.state[name], h.behind[name] = textOf(attrs, attrState), textOf(attrs, attrBehind)
}

// day is three hours at three edges. One of them is cut off for the second hour and a half; what it has to say comes after.
type day struct {
	batches [3][][]visit
}

func newDay(seed uint64) *day {
	d := new(day)
	rng := rand.New(rand.NewPCG(seed, 7))
	for at := time.Duration(0); at < 3*time.Hour; at += 20 * time.Second {
		for i := range d.batches {
			var batch []visit
			for range 8 {
				late := time.Duration(rng.Int64N(int64(4 * time.Second)))
				if rng.IntN(50) == 0 {
					late = time.Duration(rng.Int64N(int64(30 * time.Minute))) // at the edge itself
				}
				batch = append(batch, visit{max(0, at-late), fmt.Sprint("shop", rng.IntN(2)), fmt.Sprint(rng.IntN(400))})
			}
			d.batches[i] = append(d.batches[i], batch)
		}
	}
	for i := range d.batches {
		d.batches[i] = append(d.batches[i], []visit{{3*time.Hour + 10*time.Minute, "shop0", "end"}})
	}
	return d
}

// Three edges, one of which is cut off for an hour and a half and then drains; batches that come twice and in another order;
// a center that is killed again and again. The hours end as the sketches of everything, register for register; until then
// they are marked as provisional and say who is behind.
func TestCenter_EdgeCutOffAndCenterKilled_HoursEqualTheWhole(t *testing.T) {
	for seed := range uint64(1) {
		d := newDay(seed)
		whole := wholeHours(t, d)
		rng := rand.New(rand.NewPCG(seed, 8))
		disk := journaltest.NewDisk()
		center := newRig(t, centerConfig()).start(journaltest.Host{Extension: disk})
		got := newHours(t)
		send := func(ld plog.Logs) {
			require.NoError(t, center.logs.ConsumeLogs(t.Context(), ld))
			if rng.IntN(60) == 0 {
				got.take(center.logsSink.AllLogs())
				disk = disk.After() // killed
				center.stop()
				center = newRig(t, centerConfig()).start(journaltest.Host{Extension: disk})
			}
		}
		var waiting []plog.Logs
		edges := [3]*rig{}
		for i := range edges {
			edges[i] = newRig(t, edgeConfig(fmt.Sprint("edge", i))).start(componenttest.NewNopHost())
		}
		for n := range d.batches[0] {
			for i, edge := range edges {
				edge.visit(d.batches[i][n]...)
				for _, ld := range edge.logsSink.AllLogs() {
					if i == 2 && n > 190 && n < 450 {
						waiting = append(waiting, ld)
						continue
					}
					send(ld)
					if rng.IntN(10) == 0 {
						send(ld)
					}
				}
				edge.logsSink.Reset()
			}
			if n == 440 { // 09:00 and 10:00 have closed everywhere but at the edge that is cut off
				got.take(center.logsSink.AllLogs())
				center.logsSink.Reset()
				assert.Equal(t, stateFinal, got.state["session/ 1h @0s"])
				assert.Equal(t, stateProvisional, got.state["session/ 1h @1h0m0s"])
				assert.Equal(t, `["edge2"]`, got.behind["session/ 1h @1h0m0s"])
				assert.Equal(t, []string{"edge2 silent"}, got.status[:1])
			}
		}
		rng.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
		for _, ld := range append(waiting, waiting...) {
			send(ld)
		}
		for _, edge := range edges {
			edge.visit(visit{4*time.Hour + 10*time.Minute, "shop0", "end"})
			edge.stop()
			for _, ld := range edge.logsSink.AllLogs() {
				send(ld)
			}
		}
		center.visit(visit{5 * time.Hour, "other", "x"}) // moves the clock
		got.take(center.logsSink.AllLogs())
		center.stop()
		for _, name := range []string{"session/ 1h @0s", "session/ 1h @1h0m0s", "session/ 1h @2h0m0s", "session/shop0 1h @1h0m0s", "session/shop1 1h @1h0m0s"} {
			require.Contains(t, got.whole, name)
			assert.Equal(t, whole[name].Registers(nil), got.whole[name].Registers(nil), "%s: %v instead of %v", name, got.whole[name].Estimate(), whole[name].Estimate())
			assert.Equal(t, stateFinal, got.state[name], name)
		}
	}
}

func wholeHours(t *testing.T, d *day) map[string]*sketch.Sketch {
	t.Helper()
	return wholeBuckets(t, d, time.Hour, "1h")
}

// wholeBuckets are the sketches of everything in each bucket of a tier.
func wholeBuckets(t *testing.T, d *day, tier time.Duration, text string) map[string]*sketch.Sketch {
	t.Helper()
	out := map[string]*sketch.Sketch{}
	h, err := sketch.NewHasher([]byte(testSecret), "")
	require.NoError(t, err)
	for _, batches := range d.batches {
		for _, batch := range batches {
			for _, v := range batch {
				for _, service := range []string{"", v.service} {
					name := fmt.Sprintf("session/%s %s @%s", service, text, v.at.Truncate(tier))
					if out[name] == nil {
						out[name] = new(sketch.Sketch)
					}
					out[name].Observe(h.SumString(v.session))
				}
			}
		}
	}
	return out
}

func TestCenter_SilentAndQuietEdges_AreToldApart(t *testing.T) {
	cfg := centerConfig()
	cfg.Edges.SilentAfter, cfg.Edges.Expected = 3*time.Minute, []string{"absent"}
	center := newRig(t, cfg).start(journaltest.Host{Extension: journaltest.NewDisk()})
	quiet := newRig(t, edgeConfig("quiet")).start(componenttest.NewNopHost())
	silent := newRig(t, edgeConfig("silent")).start(componenttest.NewNopHost())
	pass := func(r *rig) {
		for _, ld := range r.logsSink.AllLogs() {
			require.NoError(t, center.logs.ConsumeLogs(t.Context(), ld))
		}
		r.logsSink.Reset()
	}
	for m := range 12 {
		at := time.Duration(m) * time.Minute
		if m < 2 {
			silent.visit(visit{at, "shop", "a"})
			quiet.visit(visit{at, "shop", "b"})
		}
		quiet.core.followTo(base.Add(at + 30*time.Second))
		pass(quiet)
		pass(silent)
	}
	got := newHours(t)
	got.take(center.logsSink.AllLogs())
	assert.ElementsMatch(t, []string{"absent silent", "silent silent"}, got.status)
	gauges := map[string]map[string]float64{"braid.edge.up": {}, "braid.edge.delay": {}}
	for _, md := range center.metricsSink.AllMetrics() {
		for _, m := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
			if last := gauges[m.Name()]; last != nil {
				for _, p := range m.Gauge().DataPoints().All() {
					last[textOf(p.Attributes(), attrEdge)] = p.DoubleValue()
				}
			}
		}
	}
	assert.Equal(t, map[string]float64{"absent": 0, "quiet": 1, "silent": 0}, gauges["braid.edge.up"])
	assert.InDelta(t, -1, gauges["braid.edge.delay"]["absent"], 0, "it never reported")
	assert.Positive(t, gauges["braid.edge.delay"]["silent"])
	for _, r := range []*rig{quiet, silent, center} {
		r.stop()
	}
}

// Three edges, of which the clock of one is an hour ahead and that of another an hour behind. Hours are those that the edges'
// clocks say, register for register; an hour is final when the slowest clock is through with it; and the gauges say whose
// clock is wrong.
func TestCenter_ClocksAnHourApart_HoursEqualTheWholeAndAreMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(base.Add(time.Hour)))
		cfg := centerConfig()
		cfg.Clock = clockLive
		center := newRig(t, cfg).start(journaltest.Host{Extension: journaltest.NewDisk()})
		off := []time.Duration{0, time.Hour, -time.Hour}
		edges, d := [3]*rig{}, new(day)
		for i, name := range []string{"right", "ahead", "behind"} {
			edges[i] = newRig(t, edgeConfig(name)).start(componenttest.NewNopHost())
		}
		got := newHours(t)
		pass := func(i int, batch ...visit) {
			d.batches[i] = append(d.batches[i], batch)
			edges[i].visit(batch...)
			for _, ld := range edges[i].logsSink.AllLogs() {
				require.NoError(t, center.logs.ConsumeLogs(t.Context(), ld))
			}
			edges[i].logsSink.Reset()
		}
		for n := range 3 * 60 * 2 { // three hours, in which at the end nobody comes
			at := time.Duration(n) * 30 * time.Second
			for i := range edges {
				v := visit{time.Hour + at + off[i], "shop", fmt.Sprint(n * (i + 1) % 97)}
				if at >= 150*time.Minute {
					v.session = "end"
				}
				pass(i, v)
			}
			time.Sleep(30 * time.Second)
			synctest.Wait()
			if at == 70*time.Minute {
				got.take(center.logsSink.AllLogs())
				assert.Equal(t, stateProvisional, got.state["session/ 1h @1h0m0s"])
				assert.Contains(t, got.behind["session/ 1h @1h0m0s"], "behind")
				assert.Equal(t, stateFinal, got.state["session/ 1h @0s"])
				center.logsSink.Reset()
			}
		}
		states := center.core.tenants[""].edges.States(center.core.tenants[""].clock.Head())
		require.Len(t, states, 3)
		for _, s := range states {
			assert.Equal(t, s.Edge == "ahead", s.Ahead > 50*time.Minute, "%+v", s)
			assert.Equal(t, s.Edge == "behind", s.Delay > 50*time.Minute, "%+v", s)
			assert.False(t, s.Silent)
		}
		got.take(center.logsSink.AllLogs())
		whole := wholeHours(t, d)
		for _, name := range []string{"session/ 1h @0s", "session/ 1h @1h0m0s", "session/ 1h @2h0m0s", "session/shop 1h @1h0m0s"} {
			require.Contains(t, got.whole, name)
			assert.Equal(t, whole[name].Registers(nil), got.whole[name].Registers(nil), name)
			if name != "session/ 1h @2h0m0s" { // with that the slowest clock is not through
				assert.Equal(t, stateFinal, got.state[name], name)
			}
		}
		for _, r := range append(edges[:], center) {
			r.stop()
		}
	})
}

func TestCenter_ForgedReport_IsRefused(t *testing.T) {
	edge := newRig(t, edgeConfig("busan")).start(componenttest.NewNopHost())
	edge.visit(visit{0, "shop", "a"}, visit{2 * time.Minute, "shop", "a"})
	edge.stop()
	center := newRig(t, centerConfig()).start(journaltest.Host{Extension: journaltest.NewDisk()})
	reports := 0
	for _, ld := range edge.logsSink.AllLogs() {
		for _, rec := range ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
			if rec.EventName() == eventReport {
				rec.Attributes().PutStr(attrEdge, "seoul")
				reports++
			}
		}
		require.NoError(t, center.logs.ConsumeLogs(t.Context(), ld))
	}
	require.Positive(t, reports)
	for _, s := range center.core.tenants[""].edges.States(0) {
		assert.Equal(t, time.Duration(-1), s.Delay, "%s is not known to have reported", s.Edge)
	}
	center.stop()
}
