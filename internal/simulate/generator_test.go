package simulate

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// evening is the busiest hour of a Monday in Korea.
var evening = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func run(tb testing.TB, cfg Config) (*Generator, []Batch) {
	tb.Helper()
	g, err := New(cfg)
	require.NoError(tb, err)
	var all []Batch
	for {
		b, ok := g.Next()
		if !ok {
			return g, all
		}
		all = append(all, b)
	}
}

func stringAttr(attrs []Attr, key string) string {
	for _, a := range attrs {
		if s, ok := a.Value.(string); ok && a.Key == key {
			return s
		}
	}
	return ""
}

func TestGenerator_SameSeed_SameTelemetry(t *testing.T) {
	t.Parallel()
	cfg := Config{Seed: 7, Start: evening, Duration: 6 * time.Minute, Users: 60, Scenarios: DefaultScenarios(6 * time.Minute)}
	g1, first := run(t, cfg)
	g2, second := run(t, cfg)
	assert.True(t, reflect.DeepEqual(first, second), "no diff is shown: it would be megabytes long")
	assert.Equal(t, g1.Planted(), g2.Planted())
	cfg.Seed = 8
	_, other := run(t, cfg)
	assert.False(t, reflect.DeepEqual(first, other))
}

func TestGenerator_Flooded_LeavesVisitorsAlone(t *testing.T) {
	t.Parallel()
	cfg := Config{Seed: 1, Start: evening, Duration: 3 * time.Minute, Users: 40}
	_, calm := run(t, cfg)
	cfg.Scenarios = []Scenario{{Kind: LoginFlood, Offset: time.Minute, Length: time.Minute}}
	_, flooded := run(t, cfg)
	assert.True(t, maps.Equal(browserSessions(calm), browserSessions(flooded)))
}

func browserSessions(all []Batch) map[string]int {
	seen := map[string]int{}
	for _, b := range all {
		for _, s := range b.Spans {
			if id := stringAttr(s.Attrs, "session.id"); id != "" {
				seen[id]++
			}
		}
	}
	return seen
}

func TestGenerator_AnyStart_BatchesAreInOrderAndNeverEarly(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 5 {
		start := time.Unix(r.Int64N(4e9)+1e8, r.Int64N(1e9)).UTC()
		_, all := run(t, Config{Seed: r.Uint64(), Start: start, Duration: 2 * time.Minute, Users: 200, Scenarios: DefaultScenarios(2 * time.Minute)})
		last := start
		for _, b := range all {
			assert.True(t, b.Time.After(last))
			last = b.Time
			for _, s := range b.Spans {
				assert.LessOrEqual(t, s.Start, s.End)
				assert.LessOrEqual(t, s.End, b.Time.UnixNano(), s.Name)
			}
			for _, l := range b.Logs {
				assert.LessOrEqual(t, l.Time, b.Time.UnixNano())
			}
		}
	}
}

func TestGenerator_Traces_AreWholeTrees(t *testing.T) {
	t.Parallel()
	_, all := run(t, Config{Seed: 2, Start: evening, Duration: 5 * time.Minute, Users: 50, Scenarios: DefaultScenarios(5 * time.Minute)})
	type key struct {
		trace TraceID
		span  SpanID
	}
	spans := map[key]bool{}
	for _, b := range all {
		for _, s := range b.Spans {
			k := key{s.Trace, s.ID}
			assert.False(t, spans[k], "span id twice in a trace")
			spans[k] = true
		}
	}
	require.NotEmpty(t, spans)
	for _, b := range all {
		for _, s := range b.Spans {
			if s.Parent != (SpanID{}) {
				assert.True(t, spans[key{s.Trace, s.Parent}], "%s has no parent", s.Name)
			}
		}
		for _, l := range b.Logs {
			if l.Span != (SpanID{}) {
				assert.True(t, spans[key{l.Trace, l.Span}], "log of no span: %s", l.Body)
			}
		}
	}
}

func TestUsersForRate_BusiestHour_MakesThatRate(t *testing.T) {
	t.Parallel()
	const rate = 200.0
	_, all := run(t, Config{Seed: 5, Start: evening, Duration: 40 * time.Minute, Users: UsersForRate(rate)})
	spans, seconds := 0, 0
	for _, b := range all {
		if b.Time.Sub(evening) > 10*time.Minute && b.Time.Sub(evening) <= 40*time.Minute { // the shop has filled
			spans += len(b.Spans)
			seconds++
		}
	}
	assert.InEpsilon(t, rate, float64(spans)/float64(seconds), 0.1)
}

func TestLoad_Week_PeaksAtOneOnMondayEvening(t *testing.T) {
	t.Parallel()
	assert.InDelta(t, 1, Load(evening), 1e-9)
	for at := evening; at.Before(evening.AddDate(0, 0, 7)); at = at.Add(7 * time.Minute) {
		load := Load(at)
		assert.Greater(t, load, 0.05)
		assert.LessOrEqual(t, load, 1.0)
		assert.InDelta(t, load, Load(at.Add(time.Second)), 0.001, "steps at %s", at)
	}
}

func TestNew_BadConfig_NamesEveryField(t *testing.T) {
	t.Parallel()
	_, err := New(Config{Users: 0, Duration: -1, Scenarios: []Scenario{{Kind: "quake"}}})
	require.Error(t, err)
	for _, word := range []string{"users", "duration", "start", "quake"} {
		assert.ErrorContains(t, err, word)
	}
}

func BenchmarkGenerator(b *testing.B) {
	g, err := New(Config{Seed: 1, Start: evening, Users: 5000})
	require.NoError(b, err)
	for range 600 {
		g.Next()
	}
	spans := 0
	b.ReportAllocs()
	for b.Loop() {
		batch, _ := g.Next()
		spans += len(batch.Spans)
	}
	b.ReportMetric(float64(spans)/b.Elapsed().Seconds(), "spans/s")
}
