//go:build integration

package realapp

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// span is what the assertions need of an exported span.
type span struct {
	trace      pcommon.TraceID
	id         pcommon.SpanID
	service    string
	name       string
	kind       ptrace.SpanKind
	start, end pcommon.Timestamp
	attrs      map[string]any
}

// record is what the assertions need of an exported log record.
type record struct {
	trace   pcommon.TraceID
	service string
	event   string
	body    string
	attrs   map[string]any
}

// readSpans reads the OTLP/JSON lines that the file exporter wrote.
func readSpans(t *testing.T, path string) []span {
	t.Helper()
	var spans []span
	for _, line := range lines(t, path) {
		traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
		require.NoError(t, err, "reading %s", filepath.Base(path))
		for _, resource := range traces.ResourceSpans().All() {
			for _, scope := range resource.ScopeSpans().All() {
				for _, s := range scope.Spans().All() {
					spans = append(spans, span{
						trace:   s.TraceID(),
						id:      s.SpanID(),
						service: serviceName(resource.Resource()),
						name:    s.Name(),
						kind:    s.Kind(),
						start:   s.StartTimestamp(),
						end:     s.EndTimestamp(),
						attrs:   s.Attributes().AsRaw(),
					})
				}
			}
		}
	}
	return spans
}

// readRecords reads the OTLP/JSON lines that the file exporter wrote.
func readRecords(t *testing.T, path string) []record {
	t.Helper()
	var records []record
	for _, line := range lines(t, path) {
		logs, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(line)
		require.NoError(t, err, "reading %s", filepath.Base(path))
		for _, resource := range logs.ResourceLogs().All() {
			for _, scope := range resource.ScopeLogs().All() {
				for _, r := range scope.LogRecords().All() {
					records = append(records, record{
						trace:   r.TraceID(),
						service: serviceName(resource.Resource()),
						event:   r.EventName(),
						body:    r.Body().AsString(),
						attrs:   r.Attributes().AsRaw(),
					})
				}
			}
		}
	}
	return records
}

func lines(t *testing.T, path string) [][]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return bytes.Split(bytes.TrimSpace(data), []byte("\n"))
}

// serviceName is empty for what the collector itself derived.
func serviceName(resource pcommon.Resource) string {
	name, ok := resource.Attributes().Get("service.name")
	if !ok {
		return ""
	}
	return name.AsString()
}
