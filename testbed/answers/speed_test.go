//go:build integration

package answers

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
	"github.com/braidotel/braid/internal/history/tsdb"
	"github.com/braidotel/braid/internal/query"
)

// month is 30 days of some 200 series with a point a minute: users by service and region with what is usual of them, hosts,
// and the durations of operations.
type month struct {
	md    pmetric.Metrics
	at    time.Time
	calls uint64
}

var sites = []string{"seoul", "busan", "incheon", "daegu", "daejeon", "gwangju", "ulsan", "sejong", "jeju"}

func (m *month) series(name, unit string, attrs map[string]string) pmetric.Metric {
	rm := m.md.ResourceMetrics().AppendEmpty()
	metric := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	metric.SetName(name)
	metric.SetUnit(unit)
	for k, v := range attrs {
		rm.Resource().Attributes().PutStr(k, v)
	}
	return metric
}

func (m *month) gauge(name, unit string, value float64, resource, attrs map[string]string) {
	p := m.series(name, unit, resource).SetEmptyGauge().DataPoints().AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(m.at))
	p.SetDoubleValue(value)
	for k, v := range attrs {
		p.Attributes().PutStr(k, v)
	}
}

// minute makes the batch of a minute.
func (m *month) minute(at time.Time) pmetric.Metrics {
	m.md, m.at = pmetric.NewMetrics(), at
	load := 0.6 + 0.4*math.Sin(2*math.Pi*float64(at.Unix()%86400)/86400)
	users := func(n float64, keys map[string]string) {
		with := func(more ...string) map[string]string {
			out := map[string]string{"braid.identity": "user"}
			maps.Copy(out, keys)
			for i := 0; i < len(more); i += 2 {
				out[more[i]] = more[i+1]
			}
			return out
		}
		m.gauge("braid.concurrent_users", "{user}", math.Round(n*load), nil, with("braid.window", "5m"))
		if keys["service.name"] == "" {
			for bound, share := range map[string]float64{"lower": 0.9, "median": 1, "upper": 1.1} {
				m.gauge("braid.baseline", "{user}", n*load*share, nil, with("braid.metric", "braid.concurrent_users", "braid.value", "value", "braid.bound", bound))
			}
		}
	}
	users(1000, nil)
	for _, site := range sites {
		users(110, map[string]string{"braid.region": site})
	}
	for s := range 6 {
		users(300, map[string]string{"service.name": fmt.Sprint("service-", s)})
	}
	for h := range 24 {
		host := map[string]string{"host.name": fmt.Sprint("host-", h), "braid.region": sites[h%len(sites)]}
		m.gauge("system.cpu.utilization", "1", 1-0.5*load, host, map[string]string{"cpu.mode": "idle"})
		m.gauge("system.memory.utilization", "1", 0.6, host, map[string]string{"system.memory.state": "used"})
		m.gauge("system.filesystem.utilization", "1", 0.4, host, map[string]string{"system.filesystem.mountpoint": "/"})
		io := m.series("system.network.io", "By", host).SetEmptySum()
		io.SetIsMonotonic(true)
		io.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		p := io.DataPoints().AppendEmpty()
		p.SetTimestamp(pcommon.NewTimestampFromTime(at))
		p.SetDoubleValue(float64(m.calls) * 1000)
	}
	m.calls++
	for s := range 6 {
		for op := range 7 {
			m.durations(fmt.Sprint("service-", s), fmt.Sprint("GET /", op), sites[op])
		}
	}
	return m.md
}

// durations is a cumulative histogram of 60 requests a minute.
func (m *month) durations(service, operation, site string) {
	h := m.series("braid.transaction.duration", "s", map[string]string{"service.name": service, "braid.region": site}).SetEmptyExponentialHistogram()
	h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	p := h.DataPoints().AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(m.at))
	p.Attributes().PutStr("braid.operation", operation)
	p.Attributes().PutStr("braid.outcome", "success")
	p.SetScale(3)
	p.SetCount(60 * m.calls)
	p.SetSum(6 * float64(m.calls))
	p.Positive().SetOffset(-40)
	p.Positive().BucketCounts().FromRaw([]uint64{10 * m.calls, 10 * m.calls, 10 * m.calls, 10 * m.calls, 10 * m.calls, 10 * m.calls})
}

// BenchmarkAsk asks every question of the seven, and others, of 30 days of some 200 series with a point a minute. p50-ms
// and p95-ms are over all questions, from the sentence to the answer, with the lines of the audit log that looking at people takes.
func BenchmarkAsk(b *testing.B) {
	dir := b.TempDir()
	db, _, err := sqlite.Open(b.Context(), filepath.Join(dir, "records.db"), sqlite.Options{NoSync: true})
	require.NoError(b, err)
	series, err := tsdb.Open(filepath.Join(dir, "metrics"), tsdb.Options{})
	require.NoError(b, err)
	w := &World{records: relational.New(db, relational.Limits{}), series: series}
	b.Cleanup(func() { require.NoError(b, w.Close()) })
	var m month
	start := Now.AddDate(0, 0, -30)
	for at := start; !at.After(Now); at = at.Add(time.Minute) {
		_, err := series.Write(b.Context(), m.minute(at), at)
		require.NoError(b, err)
		if at.Unix()%86400 == 0 {
			_, err := series.RollUp(b.Context(), 20)
			require.NoError(b, err)
		}
	}
	_, err = series.RollUp(b.Context(), 1000)
	require.NoError(b, err)
	b.Logf("%d series", series.Series())
	e, err := query.New(query.Options{Provider: w, Clock: func() time.Time { return Now }, Location: Now.Location(), Deadline: time.Minute})
	require.NoError(b, err)
	ask(b, e, "help")
	took, who := map[string][]time.Duration{}, caller
	for b.Loop() {
		for _, q := range questions {
			for _, text := range []string{q.ko, q.en} {
				who.From = strconv.Itoa(len(took[q.name])) // another place: each look at people is written down anew
				began := time.Now()
				_, err := e.Ask(b.Context(), who, query.Question{Text: text})
				require.NoError(b, err, text)
				took[q.name] = append(took[q.name], time.Since(began))
			}
		}
	}
	var all []time.Duration
	var lines strings.Builder
	for _, q := range questions {
		all = append(all, took[q.name]...)
		fmt.Fprintf(&lines, "%s %.1f/%.1f/%.1f ", q.name, ms(at(took[q.name], 0.5)), ms(at(took[q.name], 0.95)), ms(at(took[q.name], 1)))
	}
	b.Logf("median/p95/maximum in ms: %s", lines.String())
	b.ReportMetric(ms(at(all, 0.5)), "p50-ms")
	b.ReportMetric(ms(at(all, 0.95)), "p95-ms")
	b.ReportMetric(ms(at(all, 1)), "max-ms")
}

func at(list []time.Duration, quantile float64) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[min(len(sorted)-1, int(quantile*float64(len(sorted))))]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
