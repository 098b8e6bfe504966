package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/prompts"
)

func TestPrompts_ANewVersion_IsTestedPromotedAndRolledBack(t *testing.T) {
	dir := t.TempDir()
	ctl := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"prompts", "--dir", dir}, args...), &out, &errs)
		return code, out.String() + errs.String()
	}
	code, said := ctl("test", "summary@1")
	require.Zero(t, code, said)

	raw, err := prompts.Files.ReadFile("summary/1.md")
	require.NoError(t, err)
	next := strings.NewReplacer("version: 1", "version: 2", "calm colleague", "calm colleague at the next desk").Replace(string(raw))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "summary", "2.md"), []byte(next), 0o600))
	code, said = ctl("promote", "summary@2", "production")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, said, "its tests have not passed")

	for _, step := range []struct{ args, says string }{
		{"test summary@2", "all as they must be"}, {"promote summary@2 production", "summary@2 is production"}, {"list", "production"},
		{"diff summary@1 summary@2", "+ - say what the example says, better and connected to the sentence before, as a calm colleague at the next desk"},
		{"rollback summary", "summary@1 is production again"},
	} {
		code, said := ctl(strings.Fields(step.args)...)
		require.Zero(t, code, "%s: %s", step.args, said)
		assert.Contains(t, said, step.says)
	}
}
