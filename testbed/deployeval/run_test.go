package deployeval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const guilty = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"

// record is a line with one log record.
func record(at time.Time, service string, severity int, body, attributes string) string {
	return fmt.Sprintf(`{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":%q}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"%d","severityNumber":%d,"body":{"stringValue":%q},"attributes":[%s]}]}]}]}`,
		service, at.UnixNano(), severity, body, attributes)
}

func attribute(key, value string) string {
	return fmt.Sprintf(`{"key":%q,"value":{"stringValue":%q}}`, key, value)
}

func TestRun_CaseWithAGuiltyCommit_IsJudgedAndExplained(t *testing.T) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "out.jsonl")
	logs := []string{record(noon, "cart", 9, "served", ""), record(noon, "frontend", 9, "served", "")}
	logs = append(logs, record(noon.Add(59*time.Minute), "cart", 9, "deployed", attribute("event.name", "deployment")+","+attribute("vcs.ref.head.revision", guilty)))
	for i := range 10 {
		at := noon.Add(time.Hour + time.Duration(i)*time.Minute)
		logs = append(logs, record(at, "cart", 17, "connection pool exhausted", attribute("db.pool.max", "5")), record(at, "frontend", 17, "cart timed out", ""))
	}
	logs = append(logs, record(noon.Add(70*time.Minute), "frontend", 21, "checkout fails", attribute("event.name", "alert")+","+attribute("alert.name", "checkout-errors")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.logs.jsonl"), []byte(strings.Join(logs, "\n")), 0o600))
	commits := fmt.Sprintf(`[{"sha":%q,"timestamp":%q,"message":"tidy","files_changed":["services/cart/db.go"],"diff":"-const maxConns = 50\n+const maxConns = 5"}]`, guilty, noon.Format(time.RFC3339))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.commits.json"), []byte(commits), 0o600))

	var explained bytes.Buffer
	require.NoError(t, Run(t.Context(), dir, out, &explained))
	data, err := os.ReadFile(out)
	require.NoError(t, err)
	var l line
	require.NoError(t, json.Unmarshal(data, &l))
	assert.Equal(t, "x", l.Case)
	assert.Equal(t, guilty, l.Deploy)
	assert.Equal(t, "cart", l.Ranked[0].Service)
	assert.Equal(t, []string{"frontend"}, l.Radius)
	assert.Contains(t, explained.String(), "db.pool.max is 5 at cart, as the commit says")
}

func TestRun_NoCases_SaysWhatIsMissing(t *testing.T) {
	assert.ErrorContains(t, Run(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "out"), &bytes.Buffer{}), "no *.commits.json")
}
