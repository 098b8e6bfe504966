package rcaeval

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const injected = 1_700_000_000

// span is one line of OTLP/JSON: a request to a service that asks another one.
func lineOf(id int, at time.Time, slow time.Duration) string {
	stamp := func(d time.Duration) int64 { return at.Add(d).UnixNano() }
	one := func(service, name string, n, parent, kind int, from, to time.Duration) string {
		return fmt.Sprintf(`{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":%q}}]},"scopeSpans":[{"spans":[`+
			`{"traceId":"%032x","spanId":"%016x","parentSpanId":"%016x","name":%q,"kind":%d,"startTimeUnixNano":"%d","endTimeUnixNano":"%d"}]}]}`,
			service, id, n, parent, name, kind, stamp(from), stamp(to))
	}
	const ms = time.Millisecond
	return `{"resourceSpans":[` + strings.Join([]string{
		one("stock", "GetItem", 3, 2, 2, 2*ms, 10*ms+slow),
		one("shop", "stock.GetItem", 2, 1, 3, ms, 11*ms+slow),
		strings.Replace(one("shop", "GET /", 1, 0, 2, 0, 12*ms+slow), `"parentSpanId":"0000000000000000",`, "", 1),
	}, ",") + `]}` + "\n"
}

func write(t *testing.T, path string, from, to int64, slow time.Duration) {
	t.Helper()
	var b strings.Builder
	for at := from; at < to; at++ {
		for i := range 5 {
			s := time.Duration(0)
			if at >= injected {
				s = slow
			}
			b.WriteString(lineOf(int(at)*10+i+1, time.Unix(at, int64(i)*2e8), s))
		}
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
}

func TestRun_TracesOnly_SlowServiceIsBlamed(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "day", "baseline.traces.jsonl.gz"), injected-1000, injected-800, 0)
	write(t, filepath.Join(folder, "day", "cases", "c1.traces.jsonl.gz"), injected-60, injected+90, 300*time.Millisecond)
	truth := fmt.Sprintf(`{"case":"c1","system":"x","inject_unix":%d,"window_start_unix":%d,"window_end_unix":%d,`+
		`"files":{"traces":"day/cases/c1.traces.jsonl.gz","logs":"day/cases/none.logs.jsonl.gz"}}`+"\n"+
		`{"case":"dp-1","system":"deploys","files":{}}`+"\n", injected, injected-60, injected+90)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "truth.jsonl"), []byte(truth), 0o600))
	out := filepath.Join(folder, "out.jsonl")
	require.NoError(t, Run(t.Context(), folder, out, Options{}, io.Discard))
	data, err := os.ReadFile(out)
	require.NoError(t, err)
	var p prediction
	require.NoError(t, json.Unmarshal(data, &p))
	assert.Equal(t, "c1", p.Case)
	assert.True(t, p.Detected)
	assert.InDelta(t, injected, p.Onset, 30)
	require.NotEmpty(t, p.Ranked)
	assert.Equal(t, "stock", p.Ranked[0].Service)
}

func TestRun_NoTruth_SaysWhatIsMissing(t *testing.T) {
	assert.ErrorContains(t, Run(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "out"), Options{}, io.Discard), "truth.jsonl")
}
