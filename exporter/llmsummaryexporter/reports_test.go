package llmsummaryexporter

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/exporter/llmsummaryexporter/internal/metadata"
	"github.com/braidotel/braid/internal/periodical"
)

// monday is the beginning of the week that is reported.
var monday = time.Date(2025, 11, 17, 0, 0, 0, 0, time.UTC)

// disk is a storage extension whose clients share what they keep.
type disk struct {
	storage.Client
	mu   sync.Mutex
	kept map[string][]byte
}

func (*disk) Start(context.Context, component.Host) error { return nil }
func (*disk) Shutdown(context.Context) error              { return nil }
func (*disk) Close(context.Context) error                 { return nil }

func (d *disk) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return d, nil
}

func (d *disk) Get(_ context.Context, key string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kept[key], nil
}

func (d *disk) Set(_ context.Context, key string, value []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept[key] = value
	return nil
}

func (d *disk) Batch(_ context.Context, ops ...*storage.Operation) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, op := range ops {
		if op.Type == storage.Delete {
			delete(d.kept, op.Key)
		} else {
			d.kept[op.Key] = op.Value
		}
	}
	return nil
}

// reporting is an exporter that two pipelines name.
type reporting struct {
	logs    exporter.Logs
	metrics exporter.Metrics
	core    *summarizer
}

func newReporting(t *testing.T, d *disk, change func(*Config)) *reporting {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Languages, cfg.File = []string{"ko", "en"}, filepath.Join(t.TempDir(), "summaries.jsonl")
	cfg.Queue = configoptional.None[exporterhelper.QueueBatchConfig]()
	id := component.MustNewID("disk")
	cfg.Storage = &id
	cfg.Reports = []periodical.Config{{Name: "weekly", Cron: "0 9 * * 1", Audience: "ops", Language: "en"}}
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	f, set := &factory{}, exportertest.NewNopSettings(metadata.Type)
	var r reporting
	var err error
	r.logs, err = f.createLogs(t.Context(), set, cfg)
	require.NoError(t, err)
	r.metrics, err = f.createMetrics(t.Context(), set, cfg)
	require.NoError(t, err)
	handle, err := f.acquire(set, cfg)
	require.NoError(t, err)
	r.core = handle.Core
	require.NoError(t, handle.Shutdown(t.Context()))
	h := host{id: d}
	require.NoError(t, r.metrics.Start(t.Context(), h))
	require.NoError(t, r.logs.Start(t.Context(), h))
	return &r
}

func (r *reporting) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, r.metrics.Shutdown(context.Background()))
	require.NoError(t, r.logs.Shutdown(context.Background()))
}

// due writes what is due at a time, as the clock does.
func (r *reporting) due(t *testing.T, now time.Time) {
	t.Helper()
	reports, err := r.core.newReporter(t.Context(), now.Add(-time.Hour))
	require.NoError(t, err)
	reports.tick(t.Context(), now)
	reports.keep(t.Context())
}

// week gives the exporter the metrics of a week, every half hour: users, a cumulative count of orders, their value and requests.
func (r *reporting) week(t *testing.T, begins time.Time, users, orders int) {
	t.Helper()
	for i := range 7 * 48 {
		at := pcommon.NewTimestampFromTime(begins.Add(time.Duration(i) * 30 * time.Minute))
		started := pcommon.NewTimestampFromTime(begins)
		md := pmetric.NewMetrics()
		sm := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
		add := func(name string) pmetric.Metric {
			m := sm.Metrics().AppendEmpty()
			m.SetName(name)
			return m
		}
		for _, place := range []string{"", "shop"} {
			p := add("braid.concurrent_users").SetEmptyGauge().DataPoints().AppendEmpty()
			p.SetTimestamp(at)
			p.SetIntValue(int64(users - i%48))
			p.Attributes().PutStr("braid.identity", "user")
			p.Attributes().PutStr("braid.window", "5m")
			if place != "" {
				p.SetIntValue(1_000_000) // of a key: not the total
				p.Attributes().PutStr("service.name", place)
			}
		}
		for name, each := range map[string]float64{"braid.business.count": float64(orders), "braid.business.value": float64(orders) * 1000} {
			sum := add(name).SetEmptySum()
			sum.SetIsMonotonic(true)
			sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			p := sum.DataPoints().AppendEmpty()
			p.SetTimestamp(at)
			p.SetStartTimestamp(started)
			p.SetDoubleValue(each * float64(i+1) / (7 * 48))
			p.Attributes().PutStr("braid.business.outcome", "success")
			p.Attributes().PutStr("braid.business.currency", "KRW")
		}
		h := add("http.server.request.duration").SetEmptyHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
		for _, status := range []int64{200, 503} {
			p := h.DataPoints().AppendEmpty()
			p.SetTimestamp(at)
			p.SetCount(uint64(status / 2))
			p.SetSum(float64(status) / 20)
			p.Attributes().PutInt("http.response.status_code", status)
		}
		require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), md))
	}
}

func incidentAt(at time.Time) plog.Logs {
	ld := plog.NewLogs()
	record(ld, "braid.incident", map[string]any{
		"braid.incident.id": "i-9", "braid.incident.status": "resolved", "braid.start_time_unix_nano": at.Add(-22 * time.Minute).UnixNano(),
		"braid.incident.services": []any{"payment"}, "braid.incident.revenue.lost": 250_000.0, "braid.incident.currency": "KRW",
	})
	ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).SetTimestamp(pcommon.NewTimestampFromTime(at))
	return ld
}

// TestReport_WeekOfMetrics_IsToldOnceOverARestart: what passed before the collector restarted is in the report, which is
// written, filed and sent once.
func TestReport_WeekOfMetrics_IsToldOnceOverARestart(t *testing.T) {
	receiver := newLLM(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	dir, d := t.TempDir(), &disk{kept: map[string][]byte{}}
	alertmanager := filepath.Join(dir, "alertmanager.yml")
	require.NoError(t, os.WriteFile(alertmanager, []byte("route: {receiver: board}\nreceivers: [{name: board, webhook_configs: [{url: \""+receiver.URL+"\"}]}]\n"), 0o600))
	to := t.TempDir()
	change := func(c *Config) {
		c.Notifications.File = alertmanager
		c.Reports[0].To = periodical.To{Directory: to, Receivers: []string{"board"}}
	}
	r := newReporting(t, d, change)
	r.week(t, monday.AddDate(0, 0, -7), 1000, 480)
	r.week(t, monday, 1100, 240)
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), incidentAt(monday.Add(50*time.Hour))))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), incidentAt(monday.Add(50*time.Hour))), "again")
	r.stop(t)

	r = newReporting(t, d, change)
	defer r.stop(t)
	due := monday.AddDate(0, 0, 7).Add(9*time.Hour + 2*time.Minute)
	r.due(t, due)
	r.due(t, due.Add(time.Hour))
	files, err := filepath.Glob(filepath.Join(to, "*"))
	require.NoError(t, err)
	require.Len(t, files, 2)
	raw, err := os.ReadFile(filepath.Join(to, "weekly-20251124T090000Z.md"))
	require.NoError(t, err)
	assert.Equal(t, strings.Join([]string{
		"# Weekly report 2025-11-17 – 2025-11-23", "",
		"At the peak there were 1,100 users at the same time, 10.0 % more than in the period before.", "",
		"- The period saw 240 orders, 50.0 % fewer than in the period before.",
		"- The revenue is ₩240,000, 50.0 % less than in the period before.",
		"- The servers answered 117,936 requests.",
		"- The error rate is 71.5 %.",
		"- The mean response time is 100 ms.",
		"- The period saw 1 incident, which lasted 22 min in all.",
		"- The loss of revenue is ₩250,000.", "",
	}, "\n"), string(raw))
	assert.Equal(t, 1, strings.Count(receiver.seen(), `"groupKey"`), "one message")
	assert.Contains(t, receiver.seen(), "1,100 users at the same time")
	summaries, err := os.ReadFile(r.core.cfg.File)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(summaries), "braid.report"), "told once")
}

// TestReport_ReceiverAway_IsToldOnceAndSentWhenItIsBack: nobody pays a model, or reads the same in the file, every 20 s until then.
func TestReport_ReceiverAway_IsToldOnceAndSentWhenItIsBack(t *testing.T) {
	var away atomic.Bool
	away.Store(true)
	receiver := newLLM(t, func(w http.ResponseWriter, _ *http.Request) {
		if away.Load() {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	dir := t.TempDir()
	alertmanager := filepath.Join(dir, "alertmanager.yml")
	require.NoError(t, os.WriteFile(alertmanager, []byte("route: {receiver: board}\nreceivers: [{name: board, webhook_configs: [{url: \""+receiver.URL+"\"}]}]\n"), 0o600))
	r := newReporting(t, &disk{kept: map[string][]byte{}}, func(c *Config) {
		c.Notifications.File = alertmanager
		c.Reports[0].To = periodical.To{Receivers: []string{"board"}}
	})
	defer r.stop(t)
	r.week(t, monday, 1000, 480)
	due := monday.AddDate(0, 0, 7).Add(9*time.Hour + 2*time.Minute)
	reports, err := r.core.newReporter(t.Context(), due.Add(-time.Hour))
	require.NoError(t, err)
	for look := range 4 {
		away.Store(look < 2)
		reports.tick(t.Context(), due.Add(time.Duration(look)*lookEvery))
	}
	assert.Equal(t, 3, strings.Count(receiver.seen(), `"groupKey"`), "twice in vain, and once")
	summaries, err := os.ReadFile(r.core.cfg.File)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(summaries), "braid.report"), "told once")
	assert.Empty(t, reports.waiting)
}

// TestReport_Model_PhrasesIt: with the prompt for reports, and the model sees no name of anything.
func TestReport_Model_PhrasesIt(t *testing.T) {
	l := newLLM(t, says(`{"sentences":[{"point":"p1","text":"At the peak there were {{f3}} here at the same time, {{f2}} more than before."},`+
		`{"point":"p2","text":"The period saw {{f6}}, {{f5}} fewer than before."},{"point":"p3","text":"The revenue came to {{f9}}, {{f8}} less than before."},`+
		`{"point":"p4","text":"There were no incidents."}]}`))
	to := t.TempDir()
	r := newReporting(t, &disk{kept: map[string][]byte{}}, func(c *Config) {
		model(l.URL)(c)
		c.Reports[0].Audience, c.Reports[0].To = "exec", periodical.To{Directory: to, Formats: []string{"md"}}
	})
	defer r.stop(t)
	r.week(t, monday.AddDate(0, 0, -7), 1000, 480)
	r.week(t, monday, 1100, 240)
	r.due(t, monday.AddDate(0, 0, 7).Add(9*time.Hour+2*time.Minute))
	raw, err := os.ReadFile(filepath.Join(to, "weekly-20251124T090000Z.md"))
	require.NoError(t, err)
	assert.Contains(t, string(raw), "The revenue came to ₩240,000, 50.0 % less than before.")
	summaries, err := os.ReadFile(r.core.cfg.File)
	require.NoError(t, err)
	assert.Contains(t, string(summaries), "report@1")
}

func TestReport_PartOfAWeek_SaysHowMuchItKnows(t *testing.T) {
	to := t.TempDir()
	r := newReporting(t, &disk{kept: map[string][]byte{}}, func(c *Config) {
		c.Reports[0].Audience, c.Reports[0].Language, c.Reports[0].To = "exec", "ko", periodical.To{Directory: to, Formats: []string{"md"}}
	})
	defer r.stop(t)
	r.week(t, monday.AddDate(0, 0, 2), 800, 100)
	r.due(t, monday.AddDate(0, 0, 7).Add(9*time.Hour+2*time.Minute))
	raw, err := os.ReadFile(filepath.Join(to, "weekly-20251124T090000Z.md"))
	require.NoError(t, err)
	assert.Contains(t, string(raw), "# 주간 보고 2025-11-17 – 2025-11-23")
	assert.Contains(t, string(raw), "동시 사용자는 최대 800명이었습니다.")
	assert.Contains(t, string(raw), "장애는 없었습니다.")
	assert.Contains(t, string(raw), "기간 가운데 5일 동안의 자료로 쓴 보고입니다.")
	assert.NotContains(t, string(raw), "요청")
}

func TestStart_MetricsAndReports_GoTogether(t *testing.T) {
	for want, c := range map[string]struct {
		reports []periodical.Config
		metrics bool
	}{
		"add reports":                {nil, true},
		"name this exporter in a me": {[]periodical.Config{{Name: "daily", Cron: "@daily", Period: yesterday}}, false},
	} {
		f, cfg := &factory{}, createDefaultConfig().(*Config)
		cfg.File, cfg.Reports = filepath.Join(t.TempDir(), "s.jsonl"), c.reports
		set := exportertest.NewNopSettings(metadata.Type)
		var e component.Component
		var err error
		if c.metrics {
			e, err = f.createMetrics(t.Context(), set, cfg)
		} else {
			e, err = f.createLogs(t.Context(), set, cfg)
		}
		require.NoError(t, err)
		require.ErrorContains(t, e.Start(t.Context(), componenttest.NewNopHost()), want)
		assert.NoError(t, e.Shutdown(t.Context()))
	}
}

func TestSpan_Periods_AreWholeDaysOfTheZone(t *testing.T) {
	seoul, err := time.LoadLocation("Asia/Seoul")
	require.NoError(t, err)
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, seoul)
	for period, want := range map[string][3]string{
		yesterday: {"2026-11-21", "2026-11-22", "2026-11-23"}, lastWeek: {"2026-11-09", "2026-11-16", "2026-11-23"},
		lastMonth: {"2026-09-01", "2026-10-01", "2026-11-01"},
	} {
		r := periodical.Config{Period: period, TimeZone: "Asia/Seoul"}
		before, from, to := span(&r, at)
		assert.Equal(t, want, [3]string{before.Format(time.DateOnly), from.Format(time.DateOnly), to.Format(time.DateOnly)}, period)
	}
}
