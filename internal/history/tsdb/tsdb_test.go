package tsdb

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/history"
)

// epoch lies on a boundary of every interval.
var epoch = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func open(t testing.TB, dir string, o Options) *DB {
	t.Helper()
	db, err := Open(dir, o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

// gauges makes a batch: a point of every metric at a time, with a tenant, a service and a host.
func gauges(at time.Time, tenant string, values map[string]float64) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "shop")
	rm.Resource().Attributes().PutStr("host.name", "web-1")
	if tenant != "" {
		rm.Resource().Attributes().PutStr("braid.tenant", tenant)
	}
	sm := rm.ScopeMetrics().AppendEmpty()
	for name, v := range values {
		m := sm.Metrics().AppendEmpty()
		m.SetName(name)
		p := m.SetEmptyGauge().DataPoints().AppendEmpty()
		p.SetTimestamp(pcommonTime(at))
		p.SetDoubleValue(v)
	}
	return md
}

func write(t testing.TB, db *DB, md pmetric.Metrics) Written {
	t.Helper()
	w, err := db.Write(t.Context(), md, epoch.AddDate(1, 0, 0))
	require.NoError(t, err)
	return w
}

func valueOf(t testing.TB, m history.Metrics, query string, at time.Time) float64 {
	t.Helper()
	r, err := m.Query(t.Context(), query, at)
	require.NoError(t, err)
	require.Len(t, r.Series, 1, query)
	return r.Series[0].Points[0].Value
}

func TestWrite_OTLP_HasPrometheusNames(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	md := gauges(epoch, "", map[string]float64{"braid.session.active": 3})
	metrics := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	for i := range 2 { // a minute apart, so that there is a rate
		at := pcommonTime(epoch.Add(time.Duration(i) * time.Minute))
		sum := metrics.AppendEmpty()
		sum.SetName("braid.session.started")
		sum.SetUnit("{session}")
		sum.SetEmptySum().SetIsMonotonic(true)
		sum.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		p := sum.Sum().DataPoints().AppendEmpty()
		p.SetTimestamp(at)
		p.SetIntValue(int64(60 * i))

		explicit := metrics.AppendEmpty()
		explicit.SetName("braid.session.duration")
		explicit.SetUnit("s")
		explicit.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		h := explicit.Histogram().DataPoints().AppendEmpty()
		h.SetTimestamp(at)
		h.ExplicitBounds().FromRaw([]float64{1, 10})
		h.BucketCounts().FromRaw([]uint64{0, uint64(10 * i), 0})
		h.SetCount(uint64(10 * i))
		h.SetSum(float64(50 * i))

		exponential := metrics.AppendEmpty()
		exponential.SetName("http.server.request.duration")
		exponential.SetUnit("s")
		exponential.SetEmptyExponentialHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		e := exponential.ExponentialHistogram().DataPoints().AppendEmpty()
		e.SetTimestamp(at)
		e.SetScale(3)
		e.Positive().SetOffset(-8) // buckets from 0.5 to 1
		e.Positive().BucketCounts().FromRaw([]uint64{uint64(10 * i)})
		e.SetCount(uint64(10 * i))
		e.SetSum(float64(5 * i))
	}
	w := write(t, db, md)
	assert.Empty(t, w.Refused)
	m := db.Metrics("")
	later := epoch.Add(time.Minute)
	assert.Equal(t, 3.0, valueOf(t, m, `braid_session_active{service_name="shop",host_name="web-1"}`, epoch))
	assert.InDelta(t, 60, valueOf(t, m, `increase(braid_session_started_total[2m])`, later), 61)
	assert.InDelta(t, 5.5, valueOf(t, m, `histogram_quantile(0.5, braid_session_duration_seconds)`, later), 0.01)
	assert.InDelta(t, 0.52, valueOf(t, m, `histogram_quantile(0.5, http_server_request_duration_seconds)`, later), 0.03)
	assert.InDelta(t, 0.5, valueOf(t, m, `http_server_request_duration_seconds`, later), 1e-9, "a histogram is given by its mean")

	names, err := m.LabelNames(t.Context(), nil, history.Window{})
	require.NoError(t, err)
	assert.Equal(t, []string{"__name__", "host_name", "job", "service_name"}, names)
	values, err := m.LabelValues(t.Context(), "service_name", []string{`{__name__=~"braid_.*"}`}, history.Window{})
	require.NoError(t, err)
	assert.Equal(t, []string{"shop"}, values)
	series, err := m.Series(t.Context(), []string{"braid_session_active"}, history.Window{From: epoch, To: later}, 0)
	require.NoError(t, err)
	require.Len(t, series.Items, 1)
	assert.Equal(t, "web-1", series.Items[0]["host_name"])
}

func TestQuery_OtherTenant_SeesNothing(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	write(t, db, gauges(epoch, "a", map[string]float64{"users": 1}))
	write(t, db, gauges(epoch, "b", map[string]float64{"users": 2, "secret": 1}))
	for tenant, want := range map[history.Tenant]float64{"a": 1, "b": 2} {
		assert.Equal(t, want, valueOf(t, db.Metrics(tenant), "users", epoch))
		assert.Equal(t, want, valueOf(t, db.Metrics(tenant), `sum(users or users{braid_tenant=~".*"})`, epoch))
	}
	for _, query := range []string{"secret", `{braid_tenant="b"}`, `users{braid_tenant="b"}`, `{__name__=~".+",braid_tenant!=""} and secret`,
		`max_over_time(secret[1h:1m])`, `absent(users) or secret`, `label_replace(secret, "braid_tenant", "a", "", "")`} {
		r, err := db.Metrics("a").Query(t.Context(), query, epoch)
		require.NoError(t, err, query)
		assert.Empty(t, r.Series, query)
	}
	for _, tenant := range []history.Tenant{"", `a"} or secret{x="`, "c"} {
		m := db.Metrics(tenant)
		names, err := m.LabelValues(t.Context(), "__name__", nil, history.Window{})
		require.NoError(t, err)
		assert.Empty(t, names)
		series, err := m.Series(t.Context(), []string{`{__name__=~".+"}`}, history.Window{}, 0)
		require.NoError(t, err)
		assert.Empty(t, series.Items)
	}
}

func TestQuery_Wrong_IsRefused(t *testing.T) {
	db := open(t, t.TempDir(), Options{MaxQuerySamples: 10})
	for i := range 20 {
		write(t, db, gauges(epoch.Add(time.Duration(i)*time.Second), "", map[string]float64{"users": 1}))
	}
	m := db.Metrics("")
	for _, query := range []string{"users{", "", "sum by", "rate(users)", "users[1m]", "users[1m:1s]"} {
		_, err := m.QueryRange(t.Context(), query, epoch, epoch.Add(time.Minute), time.Second)
		assert.ErrorIs(t, err, history.ErrQuery, query)
	}
	_, err := m.Query(t.Context(), "max_over_time(users[1m])", epoch.Add(20*time.Second))
	require.ErrorIs(t, err, history.ErrQuery, "too many samples")
	_, err = m.QueryRange(t.Context(), "users", epoch, epoch.Add(24*time.Hour), time.Second)
	require.ErrorContains(t, err, "take a longer one")
	_, err = m.QueryRange(t.Context(), "users", epoch, epoch.Add(-time.Hour), time.Second)
	require.ErrorIs(t, err, history.ErrQuery)
	_, err = m.QueryRange(t.Context(), "users", epoch, epoch.Add(time.Hour), 0)
	assert.ErrorIs(t, err, history.ErrQuery)
}

func TestWrite_BadSamples_AreRefusedAlone(t *testing.T) {
	db := open(t, t.TempDir(), Options{MaxSeries: 2, Retention: time.Hour, MaxSkew: time.Minute})
	now := epoch.Add(24 * time.Hour)
	w, err := db.Write(t.Context(), gauges(now, "", map[string]float64{"a": 1, "b": math.NaN()}), now)
	require.NoError(t, err)
	assert.Equal(t, Written{Stored: 2}, w)
	for name, c := range map[string]struct {
		md   pmetric.Metrics
		want Reason
	}{
		"late":      {gauges(now.Add(-2*time.Hour), "", map[string]float64{"a": 1}), ReasonLate},
		"ahead":     {gauges(now.Add(time.Hour), "", map[string]float64{"a": 1}), ReasonAhead},
		"untimed":   {gauges(time.Unix(0, 0), "", map[string]float64{"a": 1}), ReasonUntimed},
		"duplicate": {gauges(now, "", map[string]float64{"a": 2}), ReasonDuplicate},
		"limit":     {gauges(now, "", map[string]float64{"c": 1}), ReasonLimit},
	} {
		w, err := db.Write(t.Context(), c.md, now)
		require.NoError(t, err, name)
		assert.Equal(t, map[Reason]int{c.want: 1}, w.Refused, name)
	}
	w, err = db.Write(t.Context(), gauges(now, "", map[string]float64{"a": 1}), now)
	require.NoError(t, err)
	assert.Equal(t, Written{Stored: 1}, w, "the same again is no error")
}

func TestWrite_Twice_ChangesNothing(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	for range 2 {
		for i := range 30 {
			write(t, db, gauges(epoch.Add(time.Duration(i)*time.Minute), "", map[string]float64{"users": float64(i)}))
		}
		m := db.Metrics("")
		end := epoch.Add(30 * time.Minute)
		assert.Equal(t, 30.0, valueOf(t, m, "count_over_time(users[1h])", end))
		assert.Equal(t, 435.0, valueOf(t, m, "sum_over_time(users[1h])", end))
	}
}

func TestRollUp_LongViews_EqualRawSamples(t *testing.T) {
	t.Parallel() // it waits for blocks to be found
	db := open(t, t.TempDir(), Options{})
	end := epoch.Add(50 * time.Hour)
	step := 30 * time.Second
	for at, i := epoch, 0; at.Before(end); at, i = at.Add(step), i+1 {
		md := gauges(at, "a", map[string]float64{"users": 100 + 50*math.Sin(float64(i)/100) + float64(i%7)})
		sum := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().AppendEmpty()
		sum.SetName("requests")
		sum.SetEmptySum().SetIsMonotonic(true)
		sum.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		p := sum.Sum().DataPoints().AppendEmpty()
		p.SetTimestamp(pcommonTime(at))
		p.SetIntValue(int64(i % 2000 * 10)) // with resets
		write(t, db, md)
	}
	m := db.Metrics("a")
	queries := []string{"max_over_time(users[1h])", "min_over_time(users[1h])", "sum_over_time(users[1h])", "avg_over_time(users[1h])",
		"sum(max_over_time(users[2h]))", "users", "sum by (service_name) (users)", "increase(requests_total[6h])", "rate(requests_total[1h])",
		"quantile_over_time(0.5, users[1h])", "max_over_time(users[1h] offset 1h)", "max_over_time(users[1d:1h])"}
	ask := func() [][]history.Point {
		answers := make([][]history.Point, len(queries))
		for i, query := range queries {
			r, err := m.QueryRange(t.Context(), query, epoch.Add(6*time.Hour), end, time.Hour)
			require.NoError(t, err)
			require.Len(t, r.Series, 1, query)
			answers[i] = r.Series[0].Points
		}
		return answers
	}
	before := ask()
	n, err := db.RollUp(t.Context(), 1000)
	require.NoError(t, err)
	require.Equal(t, 24, n)
	n, err = db.RollUp(t.Context(), 1000)
	require.NoError(t, err)
	require.Zero(t, n)

	assert.Less(t, loaded(t, db, "max_over_time(users[1h])", end), 100, "of 5000 samples")
	assert.Greater(t, loaded(t, db, "quantile_over_time(0.5, users[1h])", end), 5000)
	for i, after := range ask() {
		require.Len(t, after, len(before[i]), queries[i])
		for j := range after {
			assert.Equal(t, before[i][j].At, after[j].At)
			// The sample at either edge is another one; neighbours differ by up to 7.
			assert.InEpsilon(t, before[i][j].Value+1, after[j].Value+1, 0.13, "%s at %s", queries[i], after[j].At)
		}
	}
}

func TestRollUp_LateSamples_ReachIt(t *testing.T) {
	t.Parallel() // it waits for blocks to be found
	dir := t.TempDir()
	db := open(t, dir, Options{})
	for i := range 60 * 6 {
		write(t, db, gauges(epoch.Add(time.Duration(i)*time.Minute), "", map[string]float64{"users": 1}))
	}
	_, err := db.RollUp(t.Context(), 1000)
	require.NoError(t, err)
	write(t, db, gauges(epoch.Add(30*time.Minute+time.Second), "", map[string]float64{"users": 9}))
	n, err := db.RollUp(t.Context(), 1000)
	require.NoError(t, err)
	assert.Zero(t, n, "more may be on its way")
	n, err = db.RollUp(t.Context(), 1000)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	r, err := db.Metrics("").QueryRange(t.Context(), "max_over_time(users[1h])", epoch.Add(time.Hour), epoch.Add(3*time.Hour), time.Hour)
	require.NoError(t, err)
	assert.Equal(t, []float64{9, 1, 1}, []float64{r.Series[0].Points[0].Value, r.Series[0].Points[1].Value, r.Series[0].Points[2].Value})
}

// A month is replayed while live samples come: all of it is behind the newest.
func TestRollUp_ReplayBesideLive_IsAnswered(t *testing.T) {
	t.Parallel() // it waits for blocks to be found
	db := open(t, t.TempDir(), Options{})
	live := epoch.AddDate(0, 0, 20)
	write(t, db, gauges(live, "", map[string]float64{"live": 1}))
	for i := range 60 * 12 {
		write(t, db, gauges(epoch.Add(time.Duration(i)*time.Minute), "", map[string]float64{"users": float64(i)}))
		if i%100 == 0 {
			_, err := db.RollUp(t.Context(), 1000)
			require.NoError(t, err)
		}
	}
	m := db.Metrics("")
	assert.Equal(t, 60.0, valueOf(t, m, "users", epoch.Add(time.Hour)))
	for range 2 {
		_, err := db.RollUp(t.Context(), 1000)
		require.NoError(t, err)
	}
	assert.Empty(t, db.roll.Stale)
	r, err := m.QueryRange(t.Context(), "max_over_time(users[1h])", epoch.Add(time.Hour), epoch.Add(11*time.Hour), time.Hour)
	require.NoError(t, err)
	require.Len(t, r.Series[0].Points, 11)
	assert.Equal(t, 59.0, r.Series[0].Points[0].Value)
	assert.Equal(t, 659.0, r.Series[0].Points[10].Value)
}

func TestRollUp_RawSamplesGone_OldTimesAreAnswered(t *testing.T) {
	t.Parallel() // it waits for blocks to be found
	dir := t.TempDir()
	db, err := Open(dir, Options{Retention: 12 * time.Hour})
	require.NoError(t, err)
	end := epoch.Add(40 * time.Hour)
	for at := epoch; at.Before(end); at = at.Add(time.Minute) {
		write(t, db, gauges(at, "", map[string]float64{"users": float64(at.Hour())}))
		if at.Minute() == 0 && at.Hour()%6 == 0 {
			_, err := db.RollUp(t.Context(), 1000)
			require.NoError(t, err)
		}
	}
	_, err = db.RollUp(t.Context(), 1000)
	require.NoError(t, err)
	require.NoError(t, db.raw.Compact(t.Context()))
	require.NoError(t, db.Close())
	db = open(t, dir, Options{Retention: 12 * time.Hour})
	require.NoError(t, db.raw.Compact(t.Context()))
	from, _ := span(db.raw)
	require.Greater(t, from, epoch.Add(24*time.Hour).UnixMilli(), "raw samples must be gone for this test")
	m := db.Metrics("")
	r, err := m.QueryRange(t.Context(), "users", epoch.Add(time.Hour), end, time.Hour)
	require.NoError(t, err)
	assert.Len(t, r.Series[0].Points, 40)
	r, err = m.QueryRange(t.Context(), "users", epoch.Add(90*time.Minute), epoch.Add(2*time.Hour), time.Minute)
	require.NoError(t, err)
	assert.Len(t, r.Series[0].Points, 31, "finer than an hour, from the rollup of a minute")
	series, err := m.Series(t.Context(), []string{"users"}, history.Window{From: epoch, To: epoch.Add(time.Hour)}, 0)
	require.NoError(t, err)
	assert.Len(t, series.Items, 1)
}

// loaded is how many samples a query of whole hours reads.
func loaded(t *testing.T, db *DB, query string, end time.Time) int {
	t.Helper()
	q, err := db.engine.NewRangeQuery(t.Context(), queryable{db}, nil, query, epoch.Add(6*time.Hour), end, time.Hour)
	require.NoError(t, err)
	defer q.Close()
	require.NoError(t, q.Exec(t.Context()).Err)
	return int(q.Stats().Samples.TotalSamples)
}
