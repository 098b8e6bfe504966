package replay

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// BenchmarkRequests reads recorded traffic from disk to marshalled requests. Name files with BRAID_REPLAY_FILES (a pattern);
// without it, access-log spans like those of a recorded set are made up.
func BenchmarkRequests(b *testing.B) {
	files, err := filepath.Glob(os.Getenv("BRAID_REPLAY_FILES"))
	require.NoError(b, err)
	if len(files) == 0 {
		files = []string{accessLog(b, 200, 300)}
	}
	spans := 0
	for b.Loop() {
		for r, err := range Requests(b.Context(), files, Options{}) {
			require.NoError(b, err)
			spans += r.Items
		}
	}
	b.ReportMetric(float64(spans)/b.Elapsed().Seconds(), "spans/s")
}

func accessLog(tb testing.TB, lines, perLine int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "access.jsonl")
	f, err := os.Create(path)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, f.Close()) }()
	r := rand.New(rand.NewPCG(1, 2))
	for i := range lines {
		td := ptrace.NewTraces()
		list := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for range perLine {
			s := list.AppendEmpty()
			s.SetTraceID(pcommon.TraceID{byte(r.Uint32()), byte(i)})
			s.SetName("POST")
			s.SetEndTimestamp(pcommon.Timestamp(1e18 + i))
			a := s.Attributes()
			a.PutStr("url.path", fmt.Sprintf("/metrics/sticker/%d", r.IntN(500)))
			a.PutStr("client.address", fmt.Sprintf("192.0.2.%d", r.IntN(250)))
			a.PutInt("http.response.status_code", 200)
			a.PutStr("user_agent.original", "Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko)")
		}
		line, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
		require.NoError(tb, err)
		_, err = f.Write(append(line, '\n'))
		require.NoError(tb, err)
	}
	return path
}
