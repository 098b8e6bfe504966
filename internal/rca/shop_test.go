package rca

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/simulate"
)

// shop plays the simulated shop to an engine.
func shop(t testing.TB, e *Engine, config simulate.Config, report func(Detection)) {
	t.Helper()
	restarted(t, func(time.Time) *Engine { return e }, config, report)
}

// restarted plays the simulated shop to whatever engine there is at the time.
func restarted(t testing.TB, engine func(time.Time) *Engine, config simulate.Config, report func(Detection)) {
	t.Helper()
	g, err := simulate.New(config)
	require.NoError(t, err)
	for {
		b, ok := g.Next()
		if !ok {
			return
		}
		e := engine(b.Time)
		for i := range b.Spans {
			e.ObserveSpan(shopSpan(&b.Spans[i]))
		}
		for i := range b.Logs {
			l := &b.Logs[i]
			e.ObserveLog(LogRecord{
				Time: time.Unix(0, l.Time), Service: text(l.Resource.Attrs, "service.name"), Body: l.Body,
				Severity: int32(l.Severity), Trace: l.Trace, Span: l.Span,
			})
		}
		for i := range b.Points {
			p := &b.Points[i]
			if p.Kind == simulate.Gauge {
				e.ObservePoint(Point{
					Time: time.Unix(0, p.Time), Service: text(p.Resource.Attrs, "service.name"),
					Pod: text(p.Resource.Attrs, "host.name"), Metric: p.Name, Value: p.Value,
				})
			}
		}
		for _, d := range e.Advance(b.Time) {
			report(d)
		}
	}
}

func shopSpan(s *simulate.Span) Span {
	statement := text(s.Attrs, "db.query.summary")
	if statement == "" {
		statement = text(s.Attrs, "db.operation.name")
	}
	return Span{
		Trace: s.Trace, ID: s.ID, Parent: s.Parent, Kind: SpanKind(s.Kind), Operation: s.Name, Statement: statement,
		Service: text(s.Resource.Attrs, "service.name"), Pod: text(s.Resource.Attrs, "host.name"),
		Start: time.Unix(0, s.Start), End: time.Unix(0, s.End), Error: s.Failure != "",
	}
}

func text(attrs []simulate.Attr, key string) string {
	for _, a := range attrs {
		if v, ok := a.Value.(string); ok && a.Key == key {
			return v
		}
	}
	return ""
}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func TestEngine_QuietShop_OpensNothing(t *testing.T) {
	shop(t, New(Options{}), simulate.Config{Seed: 1, Start: noon, Duration: 15 * time.Minute, Users: 60}, func(d Detection) {
		assert.NotEqual(t, PhaseOpened, d.Phase, "%v: %v %v", d.At.Sub(noon), d.Services, d.Findings)
	})
}

// slowDatabase plays a shop whose payment database slows down until calls time out, ten minutes in.
func slowDatabase(t *testing.T) (e *Engine, begin time.Time, seen []Detection) {
	t.Helper()
	e, begin = New(Options{}), noon.Add(10*time.Minute)
	shop(t, e, simulate.Config{
		Seed: 2, Start: noon, Duration: 17 * time.Minute, Users: 120,
		Scenarios: []simulate.Scenario{{Kind: simulate.Fault, Offset: 10 * time.Minute, Length: 5 * time.Minute}},
	}, func(d Detection) { seen = append(seen, d) })
	return e, begin, seen
}

// slowDatabaseOnce is slowDatabase, played once for all tests that only look.
func slowDatabaseOnce(t *testing.T) (e *Engine, begin time.Time, seen []Detection) {
	t.Helper()
	playedOnce.Do(func() { played.engine, played.begin, played.seen = slowDatabase(t) })
	return played.engine, played.begin, played.seen
}

var (
	playedOnce sync.Once
	played     struct {
		engine *Engine
		begin  time.Time
		seen   []Detection
	}
)

func TestEngine_SlowDatabase_OpenedOnceAndClosed(t *testing.T) {
	_, begin, seen := slowDatabaseOnce(t)
	require.NotEmpty(t, seen)
	first, last := seen[0], seen[len(seen)-1]
	assert.Equal(t, PhaseOpened, first.Phase)
	assert.WithinDuration(t, begin, first.Onset, time.Minute)
	assert.WithinDuration(t, begin, first.At, 90*time.Second)
	assert.Equal(t, PhaseClosed, last.Phase)
	for _, d := range seen {
		assert.Equal(t, first.ID, d.ID)
	}
}

func TestRank_SlowDatabase_BlamesItsServiceForTheStatement(t *testing.T) {
	e, begin, seen := slowDatabaseOnce(t)
	require.NotEmpty(t, seen)
	for name, onset := range map[string]time.Time{"found": seen[0].Onset, "a minute late": begin.Add(time.Minute), "early": begin.Add(-time.Minute)} {
		t.Run(name, func(t *testing.T) {
			d := e.Rank(Window{Onset: onset, End: begin.Add(3 * time.Minute)})
			require.NotEmpty(t, d.Hypotheses)
			top := d.Hypotheses[0]
			assert.False(t, d.None)
			assert.Equal(t, "shop-payment", top.Service)
			assert.Equal(t, CauseDatabase, top.Kind)
			assert.NotEmpty(t, top.Statement)
			assert.Equal(t, []string{"shop-payment", "shop-was", "edge-nginx", "shop-browser"}, top.Path)
			assert.WithinDuration(t, begin, d.Window.Onset, 70*time.Second)
			require.NotEmpty(t, top.Evidence)
			assert.WithinDuration(t, begin, top.Evidence[0].Since, 70*time.Second)
			for _, h := range d.Hypotheses[1:] {
				assert.Less(t, h.Share, top.Share)
			}
		})
	}
}

func TestEngine_TwoRuns_AreAlike(t *testing.T) {
	a, begin, seenA := slowDatabaseOnce(t)
	b, _, seenB := slowDatabase(t)
	assert.Equal(t, seenA, seenB)
	w := Window{Onset: begin, End: begin.Add(3 * time.Minute)}
	assert.Equal(t, a.Rank(w), b.Rank(w))
}
