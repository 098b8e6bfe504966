package replay

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/otlpsend"
)

func span(name string, second int) string {
	return fmt.Sprintf(`{"name":%q,"startTimeUnixNano":"%d000000000","endTimeUnixNano":"%d000000000"}`, name, second, second)
}

func spans(list ...string) string {
	return `{"resourceSpans":[{"scopeSpans":[{"spans":[` + strings.Join(list, ",") + `]}]}]}`
}

func logLine(second int) string {
	return fmt.Sprintf(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"observedTimeUnixNano":"%d000000000"}]}]}]}`, second)
}

func metricLine(second int) string {
	return fmt.Sprintf(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"timeUnixNano":"%d000000000","asDouble":1}]}}]}]}]}`, second)
}

func write(t *testing.T, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	require.NoError(t, err)
	text := strings.Join(lines, "\n") + "\n"
	if strings.HasSuffix(name, ".gz") {
		z := gzip.NewWriter(f)
		_, err = z.Write([]byte(text))
		require.NoError(t, err)
		require.NoError(t, z.Close())
	} else {
		_, err = f.WriteString(text)
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
	return path
}

// read lists signal and latest second of each batch.
func read(t *testing.T, files []string, options Options) (got []string) {
	t.Helper()
	for b, err := range Batches(t.Context(), files, options) {
		require.NoError(t, err)
		got = append(got, fmt.Sprintf("%s %d", b.Signal, b.Latest.Unix()))
	}
	return got
}

func TestBatches_SeveralFiles_MergedByLatestEvent(t *testing.T) {
	t.Parallel()
	files := []string{
		write(t, "a.jsonl.gz", spans(span("a", 10), span("b", 30)), spans(span("c", 20)), spans(span("d", 50))),
		write(t, "b.jsonl", logLine(5), "", logLine(31), logLine(60)),
		write(t, "c.jsonl", metricLine(40), metricLine(41)),
		write(t, "empty.jsonl"),
	}
	want := []string{"logs 5", "traces 30", "traces 20", "logs 31", "metrics 40", "metrics 41", "traces 50", "logs 60"}
	assert.Equal(t, want, read(t, files, Options{}))
}

func TestBatches_ManyLines_KeepFileOrder(t *testing.T) {
	t.Parallel()
	var odd, even, want []string
	for i := range 500 {
		line := spans(span("x", i+1))
		if i%2 == 0 {
			even = append(even, line)
		} else {
			odd = append(odd, line)
		}
		want = append(want, fmt.Sprintf("traces %d", i+1))
	}
	assert.Equal(t, want, read(t, []string{write(t, "odd", odd...), write(t, "even.gz", even...)}, Options{}))
}

func TestBatches_FromTo_DropItemsNotLines(t *testing.T) {
	t.Parallel()
	file := write(t, "a", spans(span("a", 10), span("b", 20), span("c", 30)), spans(span("d", 5)), logLine(19), metricLine(25), metricLine(26))
	var names []string
	options := Options{From: time.Unix(19, 0), To: time.Unix(26, 0)}
	for b, err := range Batches(t.Context(), []string{file}, options) {
		require.NoError(t, err)
		assert.Equal(t, 1, b.Items)
		if b.Signal == otlpsend.Traces {
			names = append(names, b.Traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Name())
		}
	}
	assert.Equal(t, []string{"b"}, names)
	assert.Equal(t, []string{"traces 20", "logs 19", "metrics 25"}, read(t, []string{file}, options))
}

func TestBatches_Shift_MovesAllTimesAndLeavesUnsetOnes(t *testing.T) {
	t.Parallel()
	line := `{"resourceSpans":[{"scopeSpans":[{"spans":[{"endTimeUnixNano":"1000000000","events":[{"timeUnixNano":"900000000"}]}]}]}]}`
	for b, err := range Batches(t.Context(), []string{write(t, "a", line)}, Options{Shift: time.Hour}) {
		require.NoError(t, err)
		s := b.Traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		assert.Zero(t, s.StartTimestamp())
		assert.Equal(t, time.Unix(3601, 0).UTC(), s.EndTimestamp().AsTime())
		assert.Equal(t, time.Unix(3600, 9e8).UTC(), s.Events().At(0).Timestamp().AsTime())
		assert.Equal(t, s.EndTimestamp().AsTime(), b.Latest)
	}
	assert.Equal(t, []string{"logs 3605", "metrics 3606"}, read(t, []string{write(t, "b", logLine(5), metricLine(6))}, Options{Shift: time.Hour}))
}

func TestBatches_ShiftOfMetrics_MovesExemplarsToo(t *testing.T) {
	t.Parallel()
	line := `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","histogram":{"dataPoints":[` +
		`{"startTimeUnixNano":"1000000000","timeUnixNano":"3000000000","exemplars":[{"timeUnixNano":"2000000000","asDouble":1}]}]}}]}]}]}`
	for b, err := range Batches(t.Context(), []string{write(t, "a", line)}, Options{Shift: time.Hour}) {
		require.NoError(t, err)
		p := b.Metrics.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Histogram().DataPoints().At(0)
		assert.Equal(t, time.Unix(3601, 0).UTC(), p.StartTimestamp().AsTime())
		assert.Equal(t, time.Unix(3602, 0).UTC(), p.Exemplars().At(0).Timestamp().AsTime())
		assert.Equal(t, time.Unix(3603, 0).UTC(), p.Timestamp().AsTime())
	}
}

func TestBatches_BadLine_NamedAndSkippedOrFatal(t *testing.T) {
	t.Parallel()
	file := write(t, "bad", logLine(1), `{"resourceSpans":`, `{"spans":[]}`, "garbage", logLine(2))
	var bad []int
	assert.Equal(t, []string{"logs 1", "logs 2"}, read(t, []string{file}, Options{BadLine: func(e *LineError) { bad = append(bad, e.Line) }}))
	assert.Equal(t, []int{2, 3, 4}, bad)
	var failure error
	for _, err := range Batches(t.Context(), []string{file}, Options{}) {
		failure = errors.Join(failure, err)
	}
	assert.ErrorContains(t, failure, "bad:2: ")
}

func TestBatches_TruncatedGzip_FailsWithItsName(t *testing.T) {
	t.Parallel()
	file := write(t, "cut.gz", logLine(1), logLine(2))
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, data[:len(data)-9], 0o600))
	var failure error
	for _, err := range Batches(t.Context(), []string{file}, Options{}) {
		failure = errors.Join(failure, err)
	}
	assert.ErrorContains(t, failure, "cut.gz")
}

func TestBatches_StoppedEarly_LeavesNothingRunning(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 200 {
		lines = append(lines, logLine(i+1))
	}
	files := []string{write(t, "a", lines...), write(t, "b", lines...)}
	for _, err := range Batches(t.Context(), files, Options{}) {
		require.NoError(t, err)
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var failure error
	for _, err := range Requests(ctx, files, Options{}) {
		n++
		cancel()
		failure = err
	}
	require.ErrorIs(t, failure, context.Canceled)
	assert.Less(t, n, 2*len(lines))
}

func TestRequests_Line_MarshalledWithTimeAndCount(t *testing.T) {
	t.Parallel()
	for r, err := range Requests(t.Context(), []string{write(t, "a", spans(span("a", 10), span("b", 9)))}, Options{}) {
		require.NoError(t, err)
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(r.Payload)
		require.NoError(t, err)
		assert.Equal(t, 2, td.SpanCount())
		assert.Equal(t, 2, r.Items)
		assert.Equal(t, int64(10), r.Time.Unix())
	}
}

func TestExtent_Files_FirstAndLast(t *testing.T) {
	t.Parallel()
	first, last, err := Extent([]string{write(t, "a.gz", spans(span("a", 10)), logLine(90)), write(t, "b", metricLine(7), "", "")})
	require.NoError(t, err)
	assert.Equal(t, []int64{7, 90}, []int64{first.Unix(), last.Unix()})
	_, _, err = Extent([]string{write(t, "none")})
	assert.ErrorIs(t, err, errNoTimes)
}

func TestExtent_LastLineCutOff_TakesTheOneBefore(t *testing.T) {
	t.Parallel()
	whole := spans(span("c", 30))
	first, last, err := Extent([]string{write(t, "a", "noise", spans(span("a", 10)), logLine(90), `{"resourceLogs":[]}`, whole[:len(whole)/2])})
	require.NoError(t, err)
	assert.Equal(t, []int64{10, 90}, []int64{first.Unix(), last.Unix()})
}

func FuzzDecode(f *testing.F) {
	for _, line := range []string{
		spans(span("a", 10)), logLine(1), metricLine(1), "", "{", `{"resourceSpans":null}`, `{"resourceSpans":[{}]}`, ` { "resourceLogs" : [] }`,
		`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"h","histogram":{"dataPoints":[{"timeUnixNano":"5"}]}},{"name":"none"}]}]}]}`,
		`{"resourceSpans":[{"scopeSpans":[{"spans":[{"endTimeUnixNano":"18446744073709551615"}]}]}]}`, `{"resourceSpans":"` + strings.Repeat("x", 300) + `"}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		b, err := Decode(line)
		if err != nil {
			return
		}
		items := b.Items
		b.Shift(time.Hour)
		assert.Equal(t, items, b.Items)
		_, err = b.Request()
		require.NoError(t, err)
		b.Trim(time.Unix(1, 0), time.Unix(2, 0))
		assert.LessOrEqual(t, b.Items, items)
	})
}
