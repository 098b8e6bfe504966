package questions

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun_EachLine_IsWrittenAsTheScorerReadsIt(t *testing.T) {
	in, out := filepath.Join(t.TempDir(), "in.jsonl"), filepath.Join(t.TempDir(), "out.jsonl")
	lines := []string{
		`{"id":"a","text":"어제보다 메모리 더 쓰고 있나요"}`,
		`{"id":"b","text":"approve action 3"}`,
		`{"id":"c","text":"tell me a joke"}`,
		`{"id":"d","text":"부산이랑 대구 부하 얼마나 돼?"}`,
	}
	require.NoError(t, os.WriteFile(in, []byte(strings.Join(lines, "\n")), 0o600))
	require.NoError(t, Run(in, out, io.Discard))
	got, err := os.ReadFile(out)
	require.NoError(t, err)
	written := strings.Split(strings.TrimSpace(string(got)), "\n")
	require.Len(t, written, len(lines))
	assert.Contains(t, written[0], `"id":"a","outcome":"answer","intent":"compare","metrics":["memory"],"time":"default","compare_to":"shift:P1D","filters":{},"args":{},`+
		`"resolved":{"range":["2026-11-18T14:25+09:00","2026-11-18T14:30+09:00"],"compare_range":["2026-11-17T14:25+09:00","2026-11-17T14:30+09:00"]}`)
	assert.Contains(t, written[1], `"outcome":"confirm","intent":"approvals"`)
	assert.Contains(t, written[2], `"outcome":"decline"`)
	assert.Contains(t, written[2], `"resolved":{"range":null,"compare_range":null}`)
	assert.Contains(t, written[3], `"filters":{"region":["busan","daegu"]}`)
}

func TestRun_BadLine_SaysWhich(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in.jsonl")
	require.NoError(t, os.WriteFile(in, []byte("{\"id\":\"a\",\"text\":\"help\"}\nnot json\n"), 0o600))
	assert.ErrorContains(t, Run(in, filepath.Join(t.TempDir(), "out.jsonl"), io.Discard), "question 2")
}
