package eval

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// opened is when the recordings of these tests begin.
var opened = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func stamp(after time.Duration) pcommon.Timestamp {
	return pcommon.NewTimestampFromTime(opened.Add(after))
}

// span is a line of a recording: one span, of a trace of the same number as its own.
func span(t *testing.T, trace, id byte, after time.Duration, kind ptrace.SpanKind, tenant string, attributes map[string]any) string {
	t.Helper()
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	if tenant != "" {
		rs.Resource().Attributes().PutStr("braid.tenant", tenant)
	}
	s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{15: trace})
	s.SetSpanID(pcommon.SpanID{7: id})
	s.SetKind(kind)
	s.SetStartTimestamp(stamp(after))
	s.SetEndTimestamp(stamp(after))
	require.NoError(t, s.Attributes().FromRaw(attributes))
	line, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
	require.NoError(t, err)
	return string(line)
}

func record(t *testing.T, uid, body string, after time.Duration) string {
	t.Helper()
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetTimestamp(stamp(after))
	r.Body().SetStr(body)
	r.Attributes().PutStr("log.record.uid", uid)
	line, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
	require.NoError(t, err)
	return string(line)
}

// set writes a recorded set and returns its folder.
func set(t *testing.T, files map[string][]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, lines := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	}
	return dir
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// What leaves is scored from outside: names and layout of the files are fixed.
func TestIdentity_Visit_WritesStampsEventsAndBusiness(t *testing.T) {
	t.Parallel()
	order := func(amount float64, cookie string) map[string]any {
		return map[string]any{
			"http.request.header.cookie": []any{cookie}, "app.order.amount": amount, "app.order.currency": "USD",
		}
	}
	data := set(t, map[string][]string{
		"traces.jsonl": {
			span(t, 1, 1, 0, ptrace.SpanKindClient, "", map[string]any{"session.id": "s-1"}),
			span(t, 1, 2, time.Millisecond, ptrace.SpanKindServer, "", order(12.5, "JSESSIONID=J1; KHANUSER=mina")),
			span(t, 2, 3, time.Second, ptrace.SpanKindServer, "other", order(7.25, "JSESSIONID=J1")),
		},
		"logs.jsonl":        {record(t, "u-1", "cart restored JSESSIONID=J1", 2*time.Second)},
		"truth_other.jsonl": {"not a recording"},
	})
	out := t.TempDir()
	var report bytes.Buffer
	require.NoError(t, Identity(t.Context(), data, out, 30*time.Second, &report))

	rows, err := csv.NewReader(strings.NewReader(strings.Join(lines(t, filepath.Join(out, "stamps.csv")), "\n"))).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, []string{"kind", "id", "session_id", "user_id"}, rows[0])
	stamps := map[string][]string{}
	for _, row := range rows[1:] {
		stamps[row[0]+" "+row[1]] = row[2:]
	}
	assert.Equal(t, []string{"s-1", "mina"}, stamps["span 0000000000000002"])
	assert.Equal(t, "s-1", stamps["span 0000000000000001"][0])
	assert.Equal(t, "s-1", stamps["log u-1"][0], "the cookie stands for the session")
	assert.NotEqual(t, "s-1", stamps["span 0000000000000003"][0], "another tenant's cookie does not")
	assert.Len(t, stamps, 4)

	told := map[string]map[string]any{}
	for _, line := range lines(t, filepath.Join(out, "events.jsonl")) {
		var event map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &event))
		if event["session.id"] == "s-1" {
			told[event["name"].(string)] = event
		}
	}
	assert.InDelta(t, opened.UnixNano(), told["session.start"]["time_unix_nano"], 1e6)
	assert.InDelta(t, 0.001, told["session.end"]["duration_s"], 1e-9, "from the first span to the last")

	assert.Equal(t, []string{`{"orders":2,"revenue":19.75}`}, lines(t, filepath.Join(out, "business.json")), "of all tenants")
	assert.Contains(t, report.String(), "session.start")
}

func TestTraffic_ThreeRequests_WritesWindowsSessionsAndSummary(t *testing.T) {
	t.Parallel()
	visit := func(n byte, after time.Duration, client string) string {
		return span(t, n, n, after, ptrace.SpanKindServer, "", map[string]any{"client.address": client})
	}
	data := set(t, map[string][]string{"traces.jsonl": {
		visit(1, 0, "192.0.2.1"), visit(2, time.Minute, "192.0.2.2"), visit(3, 10*time.Minute, "192.0.2.1"),
	}})
	out := t.TempDir()
	var report bytes.Buffer
	require.NoError(t, Traffic(t.Context(), data, out, &report))

	assert.Equal(t, []string{
		"window_start_unix,window_s,distinct_clients,requests",
		"1772445600,300,2,2", "1772446200,300,1,1", "1772445600,3600,2,3",
	}, lines(t, filepath.Join(out, "windows.csv")))
	assert.Equal(t, []string{
		"client,start_unix,last_unix,requests", "192.0.2.1,1772445600,1772446200,2", "192.0.2.2,1772445660,1772445660,1",
	}, lines(t, filepath.Join(out, "sessions.csv")))
	var summary map[string]int64
	require.NoError(t, json.Unmarshal([]byte(lines(t, filepath.Join(out, "summary.json"))[0]), &summary))
	assert.Positive(t, summary["spans_per_s"])
	delete(summary, "spans_per_s")
	assert.Equal(t, map[string]int64{"sessions": 2, "longest_s": 600, "max_open": 2}, summary)
	assert.Contains(t, report.String(), "4 of 4 buckets as the whole")
}

func TestTraffic_TruthBesideTheSet_IsHeldAgainst(t *testing.T) {
	t.Parallel()
	data := set(t, map[string][]string{"traces.jsonl": {
		span(t, 1, 1, 0, ptrace.SpanKindServer, "", map[string]any{"client.address": "192.0.2.1"}),
		span(t, 2, 2, time.Hour, ptrace.SpanKindServer, "", map[string]any{"client.address": "192.0.2.1"}),
	}})
	truth := filepath.Join(data, "truth")
	require.NoError(t, os.Mkdir(truth, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(truth, "truth.json"), []byte(`{
		"sessions_per_client_30min": {"sessions": 3, "max_open_sessions_at_once": 1, "longest_by_duration": {"duration_sec": 60}},
		"per_hour_utc": [{"hour_utc": "2026-03-02T10:00:00Z", "requests": 1, "distinct_clients": 1}]}`), 0o600))
	var windows bytes.Buffer
	z := gzip.NewWriter(&windows)
	_, err := z.Write([]byte("window_start_unix,window_start_utc,requests,distinct_clients\n1772445600,-,1,1\n1772445900,-,0,0\n1772449200,-,2,2\n"))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, os.WriteFile(filepath.Join(truth, "windows_5min.csv.gz"), windows.Bytes(), 0o600))

	var report bytes.Buffer
	require.NoError(t, Traffic(t.Context(), data, t.TempDir(), &report))
	for _, row := range []string{
		`sessions +2 +3`, `longest +0s +1m0s`, `most open at once +1 +1`, `windows of 300 s exact +1 +2`, `most off by +50\.00 % *`, `windows of 3600 s exact +1 +1`,
	} {
		assert.Regexp(t, "(?m)^"+row+"$", report.String())
	}
}

func TestRecordings_NothingRecorded_IsAnError(t *testing.T) {
	t.Parallel()
	_, err := recordings(set(t, map[string][]string{"truth.jsonl": {"{}"}}))
	assert.ErrorContains(t, err, "no OTLP/JSON recordings")
}
