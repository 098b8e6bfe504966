package change

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParsePatch_AnyDialect_GivesFilesAndLines(t *testing.T) {
	removed, added := patchLine{lineRemoved, "max: 50"}, patchLine{lineAdded, "max: 10"}
	for name, c := range map[string]struct {
		patch string
		files []string
		want  []hunk
	}{
		"git":            {"diff --git a/x/y.yaml b/x/y.yaml\nindex 1..2 100644\n--- a/x/y.yaml\n+++ b/x/y.yaml\n@@ -1 +1 @@ pool:\n-max: 50\n+max: 10\n", nil, []hunk{{"x/y.yaml", "pool:", []patchLine{removed, added}}}},
		"path in header": {"@@ x/y.yaml: pool @@\n-max: 50\n+max: 10", []string{"a.go", "x/y.yaml"}, []hunk{{"x/y.yaml", "pool", []patchLine{removed, added}}}},
		"one file":       {"@@ pool @@\n-max: 50\n+max: 10\r\n", []string{"x/y.yaml"}, []hunk{{"x/y.yaml", "pool", []patchLine{removed, added}}}},
		"no header":      {"-max: 50\n+max: 10\n", nil, []hunk{{"", "", []patchLine{removed, added}}}},
		"new file":       {"--- /dev/null\n+++ b/n.yaml\n@@ -0,0 +1 @@\n+max: 10\n", nil, []hunk{{"n.yaml", "", []patchLine{added}}}},
		"sql comment":    {"@@ q.sql @@\n--- counts all\n-max: 50\n+max: 10\n", []string{"q.sql"}, []hunk{{"q.sql", "", []patchLine{{lineRemoved, "-- counts all"}, removed, added}}}},
		"prose":          {"see the ticket", nil, nil},
		"empty":          {"", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, parsePatch(c.patch, c.files))
		})
	}
}

func TestEdits_MovedLines_SayNothing(t *testing.T) {
	c := &Commit{Patch: "@@ -1,3 +1,5 @@\n-\tout, err := s.s3.GetObject(ctx, key)\n-\treturn io.ReadAll(out.Body)\n+\treturn s.fetch(ctx, key)\n+}\n+\tout, err := s.s3.GetObject(ctx, key)\n+\treturn io.ReadAll(out.Body)\n"}
	for _, e := range edits(c) {
		assert.NotContains(t, e.come, "getobject")
		assert.NotContains(t, e.gone, "getobject")
	}
}

func TestEdits_ChangedNumber_KeepsUnitAndSubject(t *testing.T) {
	for line, want := range map[string]numberEdit{
		"-\tctx, cancel := context.WithTimeout(ctx, 5*time.Second)\n+\tctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)": {old: quantity{5, dimTime}, new: quantity{0.3, dimTime}},
		"-  default_ttl: 15m\n+  default_ttl: 15s":                       {old: quantity{900, dimTime}, new: quantity{15, dimTime}},
		"-      memory: 1Gi\n+      memory: 256Mi":                       {old: quantity{1 << 30, dimSize}, new: quantity{256 << 20, dimSize}},
		"-const defaultMaxConns = 50\n+const defaultMaxConns = 10":       {old: quantity{value: 50}, new: quantity{value: 10}},
		"-  unit: second # of the limit\n+  unit: minute # of the limit": {old: quantity{1, dimTime}, new: quantity{60, dimTime}, unit: true},
	} {
		all := edits(&Commit{Patch: line})
		require.Len(t, all, 1, line)
		assert.Equal(t, []numberEdit{want}, all[0].numbers, line)
	}
}

func TestQuantities_VersionsAndNames_AreNone(t *testing.T) {
	for _, text := range []string{"github.com/jackc/pgx/v5 v5.5.4", "utf8", "sha256sum", "x1y2"} {
		assert.Empty(t, quantities(text), text)
	}
	assert.Equal(t, []quantity{{0.75, dimTime}, {value: 503}}, quantities("exceeded (750ms), answered 503"))
}

func TestWords_Names_MeetInOneSpelling(t *testing.T) {
	for _, name := range []string{"maxConns", "max_conns", "MAX_CONNECTIONS", "max connections"} {
		assert.Equal(t, []string{"max", "connection"}, words(name), name)
	}
	assert.Equal(t, []string{"cas", "retry", "policy"}, words("CASRetryPolicy"))
	assert.True(t, newPhrase("HTTP 429 from upstream").has(newCue("429")))
	assert.False(t, newPhrase("took 4290 ms").has(newCue("429")))
	assert.True(t, newPhrase("커넥션 풀이 고갈되었습니다").has(newCue("커넥션 풀")))
}

func TestShapes_Edits_AreTold(t *testing.T) {
	for _, c := range []struct {
		name, patch string
		want        shape
	}{
		{"guard", "-\tif resp.ThreeDS == nil {\n+\tx()", shapeGuardGone},
		{"release", "-\tdefer rows.Close()\n+\tx()", shapeReleaseGone},
		{"bound", "-\t        LIMIT 50`\n+\t`", shapeLimitGone},
		{"pause", "-\t\ttime.Sleep(p.BaseDelay << i)\n+\tx()", shapePauseGone},
		{"loop", " for _, li := range cart.Items {\n+\titem, err := a.catalog.GetItem(ctx, li.SKU)\n }", shapeCallInLoop},
		{"table", "+    text(\"SELECT id FROM dashboard_favorites\")", shapeNewTable},
		{"index", "+DROP INDEX idx_orders", shapeColumnGone},
		{"setting", "+\tkey, err := mustEnv(\"KEY\")", shapeNeedsSetting},
		{"switch", "-verify: true\n+verify: false", shapeSwitched},
		{"loud", "-level: info\n+level: debug", shapeLoud},
		{"nested", "-const a = /x+/g;\n+const a = /(x+)+/g;", shapeNested},
	} {
		t.Run(c.name, func(t *testing.T) {
			var all []shape
			for _, e := range edits(&Commit{Patch: c.patch}) {
				all = append(all, e.shapes()...)
			}
			assert.Contains(t, all, c.want)
		})
	}
}

func TestHarmless_TestsDocsLooksAndLogs_AreToldWhy(t *testing.T) {
	for patch, why := range map[string]string{
		"--- a/x_test.go\n+++ b/x_test.go\n@@ -1 +1 @@\n+t.Fatal()": "tests",
		"--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n+Hello":     "documentation or build rules",
		"--- a/s.css\n+++ b/s.css\n@@ -1 +1 @@\n+.a{}":              "looks",
		"-\tlog.Debug(\"a\")\n+\tlog.Info(\"a\", x)":                "logging",
		"+// a word on it": "comments",
	} {
		assert.Equal(t, why, newSuspect(&Commit{Patch: patch}).harmless, patch)
	}
	assert.Empty(t, newSuspect(&Commit{Patch: "+\tstart()"}).harmless)
}

// FuzzJudge feeds commits from anywhere to the whole judgement.
func FuzzJudge(f *testing.F) {
	f.Add([]byte(`[{"sha":"0123456789","timestamp":"2026-11-22T10:00:00Z","message":"m","files_changed":["a/b.go"],"diff":"--- a/a/b.go\n+++ b/a/b.go\n@@ -1 +1 @@\n-const max = 50\n+const max = 10"}]`))
	f.Add([]byte(`[{"sha":"1","diff":"@@ -"},{"sha":"2","diff":"+++ \n--- \n+++ b/\n@@"}]`))
	f.Add([]byte(`[]`))
	at := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, data []byte) {
		commits, err := DecodeCommits(data)
		if err != nil {
			return
		}
		l := NewLedger(20)
		for i := range commits {
			l.Commit(commits[i])
		}
		l.Deploy(Deployment{Time: at.Add(-time.Minute), Service: "a", Revision: "0123456789"})
		v := l.Judge(Trouble{Service: "a", Onset: at, Symptoms: []Symptom{{Service: "a", Kind: SymptomLog, Since: at, Text: strings.ToValidUTF8(string(data), "?")}}})
		for _, c := range v.Candidates {
			if c.Score <= 0 || c.Score > 20 {
				t.Fatalf("score %v of %q", c.Score, c.Revision)
			}
		}
	})
}
