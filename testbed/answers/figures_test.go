//go:build integration

package answers

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
)

// unseen are the cuts of which the simulation has nothing.
var unseen = map[string]bool{
	"lcp region": true, "inp region": true, "cls region": true, "payments_failed currency": true, // orders that fail bear no amount
}

// What a source says it can be cut by, series of the real components can be cut by.
func TestFigures_EveryCutOfASource_FindsWhatComponentsWrite(t *testing.T) {
	_, w := engine(t)
	series := w.Metrics("")
	has := func(need string) bool {
		page, err := series.Series(t.Context(), []string{need}, history.Window{}, 1)
		return err == nil && len(page.Items) > 0
	}
	looked := 0
	for _, m := range measure.All() {
		dims := map[measure.Dim]bool{"": true}
		for i := range m.Sources {
			for d := range m.Sources[i].Labels {
				dims[d] = true
			}
		}
		for d := range dims {
			var c measure.Cut
			if d != "" {
				c.By = []measure.Dim{d}
			}
			s, ok := m.Pick(has, c)
			if !ok || unseen[m.ID+" "+string(d)] {
				continue
			}
			looked++
			queries := []string{s.Value(c, 50*time.Minute), s.Value(c, 5*time.Minute)}
			if band, ok := s.Band(c); ok {
				queries = append(queries, band)
			}
			for _, q := range queries {
				result, err := series.Query(t.Context(), q, Now)
				require.NoError(t, err, q)
				assert.NotEmpty(t, result.Series, "%s by %q: %s", m.ID, d, q)
			}
		}
	}
	assert.Greater(t, looked, 70)
}

// Sessions are told by place, and a place is more than a region or a service.
func TestAsk_SessionsOfAPlace_AreCounted(t *testing.T) {
	e, _ := engine(t)
	for _, text := range []string{"how many active sessions in Seoul?", "how many active sessions on shop-was?", "서울 활성 세션 몇 개야?"} {
		assert.Positive(t, value(t, ask(t, e, text), "active_sessions"), text)
	}
}

// A probability is of a limit that somebody configured; that of another is not said to be of the one asked about.
func TestAsk_ProbabilityOfALimit_IsOfThatLimit(t *testing.T) {
	e, _ := engine(t)
	assert.GreaterOrEqual(t, value(t, ask(t, e, "how likely is memory to pass 90% tomorrow?"), "memory.probability"), 0.0)
	a := ask(t, e, "how likely is memory to pass 95% tomorrow?")
	for _, f := range a.Facts {
		assert.NotEqual(t, "memory.probability", f.ID)
	}
	assert.Contains(t, a.Quality.Notes, "The configuration needs: seasonality::metrics::limits: {name: 95 %, value: 0.95}")
}
