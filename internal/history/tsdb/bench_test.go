package tsdb

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// fleet makes batches of gauges as hosts send them: 100 resources with 10 metrics of 10 points each, 10,000 series.
func fleet(at time.Time) pmetric.Metrics {
	md := pmetric.NewMetrics()
	ts := pcommonTime(at)
	for r := range 100 {
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutStr("service.name", fmt.Sprint("service-", r%10))
		rm.Resource().Attributes().PutStr("host.name", fmt.Sprint("host-", r))
		sm := rm.ScopeMetrics().AppendEmpty()
		for i := range 10 {
			m := sm.Metrics().AppendEmpty()
			m.SetName(fmt.Sprint("fleet.metric.", i))
			points := m.SetEmptyGauge().DataPoints()
			for p := range 10 {
				point := points.AppendEmpty()
				point.SetTimestamp(ts)
				point.SetDoubleValue(float64(at.Unix()%977) * float64(p))
				point.Attributes().PutStr("device", fmt.Sprint("sd", p))
			}
		}
	}
	return md
}

// BenchmarkWrite stores batches of 10,000 samples, 10 s of event time apart, with rolling up and compaction as they come.
// samples/s is of one core with -cpu 1; heap-MB is what is in use at the end.
func BenchmarkWrite(b *testing.B) {
	db, err := Open(b.TempDir(), Options{})
	require.NoError(b, err)
	defer db.Close()
	at, n := epoch, 0
	md := fleet(at)
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(10 * time.Second)
		ts := pcommonTime(at)
		for _, rm := range md.ResourceMetrics().All() {
			for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
				for _, p := range m.Gauge().DataPoints().All() {
					p.SetTimestamp(ts)
				}
			}
		}
		w, err := db.Write(b.Context(), md, at)
		require.NoError(b, err)
		n += w.Stored
		if at.Unix()%7200 == 0 {
			_, err := db.RollUp(b.Context(), 1)
			require.NoError(b, err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "samples/s")
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	b.ReportMetric(float64(mem.HeapInuse)/1e6, "heap-MB")
}

// BenchmarkQuery asks what an operator's question asks, of 30 days of 200 series with a point a minute: the hour's peak
// by service over the whole time, today beside a week ago, the rate now. p95-ms is over all queries.
func BenchmarkQuery(b *testing.B) {
	db, err := Open(b.TempDir(), Options{})
	require.NoError(b, err)
	defer db.Close()
	end := epoch.AddDate(0, 0, 30)
	for at := epoch; at.Before(end); at = at.Add(time.Minute) {
		md := pmetric.NewMetrics()
		for s := range 10 {
			rm := md.ResourceMetrics().AppendEmpty()
			rm.Resource().Attributes().PutStr("service.name", fmt.Sprint("service-", s))
			m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
			m.SetName("users")
			points := m.SetEmptyGauge().DataPoints()
			for r := range 20 {
				p := points.AppendEmpty()
				p.SetTimestamp(pcommonTime(at))
				p.SetDoubleValue(100 + 50*math.Sin(float64(at.Unix())/86400*2*math.Pi) + float64(r))
				p.Attributes().PutStr("braid.region", fmt.Sprint("region-", r))
			}
		}
		_, err := db.Write(b.Context(), md, at)
		require.NoError(b, err)
	}
	for {
		n, err := db.RollUp(b.Context(), 100)
		require.NoError(b, err)
		if n == 0 {
			break
		}
	}
	m := db.Metrics("")
	var took []time.Duration
	for b.Loop() {
		for _, q := range []struct {
			promql     string
			from, step time.Duration
		}{
			{`sum by (service_name) (max_over_time(users[1h]))`, 30 * 24 * time.Hour, time.Hour},
			{`sum by (braid_region) (users)`, 24 * time.Hour, 5 * time.Minute},
			{`sum by (braid_region) (users offset 1w)`, 24 * time.Hour, 5 * time.Minute},
			{`topk(3, sum by (braid_region) (avg_over_time(users[1h])))`, time.Hour, time.Minute},
			{`users`, time.Hour, time.Minute},
		} {
			began := time.Now()
			_, err := m.QueryRange(b.Context(), q.promql, end.Add(-q.from), end, q.step)
			require.NoError(b, err)
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
