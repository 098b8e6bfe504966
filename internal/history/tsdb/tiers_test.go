package tsdb

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/history"
)

// shop makes a gauge that wanders, a counter and a histogram that grow and now and then begin anew, and the jobs of pods
// that come and go.
type shop struct {
	random *rand.Rand
	users  float64
	count  int64
	in     [3]uint64
	pod    int
	since  time.Time
	jobs   int64
}

func (s *shop) next(at time.Time) pmetric.Metrics {
	s.users = max(0, s.users+s.random.Float64()*4-2)
	if s.random.IntN(400) == 0 {
		s.count, s.in = 0, [3]uint64{}
	}
	s.count += s.random.Int64N(20)
	s.in[s.random.IntN(3)] += s.random.Uint64N(20)
	md := gauges(at, "", map[string]float64{"users": s.users})
	metrics := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	counter := func(name string, value int64) pmetric.NumberDataPoint {
		sum := metrics.AppendEmpty()
		sum.SetName(name)
		sum.SetEmptySum().SetIsMonotonic(true)
		sum.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		p := sum.Sum().DataPoints().AppendEmpty()
		p.SetTimestamp(pcommonTime(at))
		p.SetIntValue(value)
		return p
	}
	counter("requests", s.count)
	if s.random.IntN(150) == 0 {
		s.pod, s.since, s.jobs = s.pod+1, at.Add(-time.Second), 0
	}
	s.jobs += s.random.Int64N(20)
	jobs := counter("jobs", s.jobs)
	jobs.Attributes().PutInt("pod", int64(s.pod))
	jobs.SetStartTimestamp(pcommonTime(s.since))
	durations := metrics.AppendEmpty()
	durations.SetName("duration")
	durations.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	h := durations.Histogram().DataPoints().AppendEmpty()
	h.SetTimestamp(pcommonTime(at))
	h.ExplicitBounds().FromRaw([]float64{1, 10})
	h.BucketCounts().FromRaw(s.in[:])
	h.SetCount(s.in[0] + s.in[1] + s.in[2])
	h.SetSum(float64(s.in[0] + 5*s.in[1] + 20*s.in[2]))
	return md
}

// TestQuery_OverTiers_EqualsRaw asks about long times of young and old data, with rollups and without.
func TestQuery_OverTiers_EqualsRaw(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{10 * time.Minute, 90 * time.Minute, 26 * time.Hour} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			rolled, raw := open(t, t.TempDir(), Options{}), open(t, t.TempDir(), Options{Rollups: []Rollup{}})
			now := epoch.AddDate(0, 0, 10).Add(37*time.Minute + 13*time.Second)
			s := &shop{random: rand.New(rand.NewPCG(1, uint64(age))), users: 100, since: now.Add(-age - time.Second)}
			step := max(10*time.Second, age/2000).Truncate(time.Second)
			for at := now.Add(-age); !at.After(now); at = at.Add(step) {
				md := s.next(at)
				write(t, rolled, md)
				write(t, raw, md)
			}
			_, err := rolled.RollUp(t.Context(), 1000)
			require.NoError(t, err)
			for _, window := range []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour} {
				compare(t, rolled.Metrics(""), raw.Metrics(""), now, window)
				compare(t, rolled.Metrics(""), raw.Metrics(""), now.Add(-min(age, window)/3), window)
			}
		})
	}
}

// compare holds answers about a window to what is documented of them.
func compare(t *testing.T, rolled, raw history.Metrics, at time.Time, window time.Duration) {
	t.Helper()
	for query, tolerance := range map[string]float64{
		// The edges of these are read exactly; what is left is how far a rate is carried beyond the first sample.
		"rate(requests_total[%s])": 0.01, "increase(requests_total[%s])": 0.01, "last_over_time(users[%s])": 0,
		"histogram_count(rate(duration[%s]))": 0.01, "histogram_sum(increase(duration[%s]))": 0.01,
		"histogram_quantile(0.9, rate(duration[%s]))": 0.01,
		"max_over_time(users[%s])":                    0, "min_over_time(users[%s])": 0, "sum_over_time(users[%s])": 1e-9,
		// What begins or ends within the time is carried on by half of what lies between its samples.
		"sum(increase(jobs_total[%s]))": 0.15, "sum(rate(jobs_total[%s]))": 0.15,
		// An interval that is cut off counts like a whole one.
		"avg_over_time(users[%s])": 0.05,
	} {
		query = fmt.Sprintf(query, fmt.Sprint(int(window.Seconds()))+"s")
		got, err := rolled.Query(t.Context(), query, at)
		require.NoError(t, err)
		want, err := raw.Query(t.Context(), query, at)
		require.NoError(t, err)
		require.Len(t, want.Series, 1, query)
		if assert.Len(t, got.Series, 1, query) {
			assert.InEpsilon(t, want.Series[0].Points[0].Value, got.Series[0].Points[0].Value, max(tolerance, 1e-12), "%s at %s", query, at)
		}
	}
}
