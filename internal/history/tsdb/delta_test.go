package tsdb

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// deltaBatch is what a process counted in ten seconds: requests, and their durations in both forms.
func deltaBatch(at time.Time, n int) pmetric.Metrics {
	md := gauges(at, "", nil)
	metrics := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	from, to := pcommonTime(at.Add(-10*time.Second)), pcommonTime(at)

	sum := metrics.AppendEmpty()
	sum.SetName("requests")
	sum.SetEmptySum().SetIsMonotonic(true)
	sum.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	p := sum.Sum().DataPoints().AppendEmpty()
	p.SetStartTimestamp(from)
	p.SetTimestamp(to)
	p.SetIntValue(int64(n))

	explicit := metrics.AppendEmpty()
	explicit.SetName("duration")
	explicit.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	h := explicit.Histogram().DataPoints().AppendEmpty()
	h.SetStartTimestamp(from)
	h.SetTimestamp(to)
	h.ExplicitBounds().FromRaw([]float64{1, 10})
	h.BucketCounts().FromRaw([]uint64{0, uint64(n), 0})
	h.SetCount(uint64(n))
	h.SetSum(float64(5 * n))

	exponential := metrics.AppendEmpty()
	exponential.SetName("size")
	exponential.SetEmptyExponentialHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	e := exponential.ExponentialHistogram().DataPoints().AppendEmpty()
	e.SetStartTimestamp(from)
	e.SetTimestamp(to)
	e.SetScale(int32(3 - n%2)) // of differing resolution
	e.Positive().BucketCounts().FromRaw([]uint64{uint64(n)})
	e.SetCount(uint64(n))
	e.SetSum(float64(n))
	return md
}

func TestWrite_Deltas_AddUp(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(dir, Options{})
	require.NoError(t, err)
	at := func(i int) time.Time { return epoch.Add(time.Duration(i) * 10 * time.Second) }
	for _, i := range []int{1, 2, 4, 3, 3, 4, 5} { // one overtakes another, two are sent again
		w := write(t, db, deltaBatch(at(i), i))
		assert.Equal(t, Written{Stored: 3}, w)
	}
	m := db.Metrics("")
	assert.Equal(t, 15.0, valueOf(t, m, "requests_total", at(5)))
	assert.Equal(t, 15.0, valueOf(t, m, "histogram_count(duration)", at(5)))
	assert.Equal(t, 75.0, valueOf(t, m, "histogram_sum(duration)", at(5)))
	assert.Equal(t, 15.0, valueOf(t, m, "histogram_count(size)", at(5)))
	require.NoError(t, db.Close())

	db = open(t, dir, Options{}) // totals begin anew, and queries know
	for i := 6; i <= 8; i++ {
		write(t, db, deltaBatch(at(i), 20))
	}
	m = db.Metrics("")
	assert.Equal(t, 60.0, valueOf(t, m, "requests_total", at(8)))
	assert.InDelta(t, 75, valueOf(t, m, "increase(requests_total[90s])", at(8)), 12)
	assert.InDelta(t, 75, valueOf(t, m, "histogram_count(increase(duration[90s]))", at(8)), 12)
	w := write(t, db, deltaBatch(at(-100), 1))
	assert.Equal(t, Written{Stored: 3}, w, "late, but never seen")
}

func TestDeltas_Bounded_ForgetsTheSilent(t *testing.T) {
	d := newDeltas(2)
	for _, series := range []uint64{1, 2} {
		_, reason := d.add(series, 0, 1000, 1, nil)
		assert.Empty(t, reason)
	}
	_, reason := d.add(3, 0, 1000, 1, nil)
	assert.Equal(t, ReasonLimit, reason)
	_, reason = d.add(1, 0, 2*silentFor, 1, nil)
	assert.Empty(t, reason)
	_, reason = d.add(3, 0, 2*silentFor, 1, nil)
	assert.Empty(t, reason)
	assert.Len(t, d.series, 2)
	for i := range int64(2 * remembered) {
		_, reason = d.add(1, 0, 3*silentFor+i, 1, nil)
		assert.Empty(t, reason)
	}
	total, reason := d.add(1, 0, 3*silentFor+2*remembered-2, 1, nil)
	assert.Empty(t, reason)
	assert.Equal(t, sum{value: 2*remembered + 2, kept: true}, total)
	_, reason = d.add(1, 0, 5000, 1, nil)
	assert.Equal(t, ReasonLate, reason, "further back than what is remembered")
}
