package pager

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStart_ExampleOfTheDocs_IsValid starts what docs/llm.md tells people to write.
func TestStart_ExampleOfTheDocs_IsValid(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile("../../docs/llm.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(docs), "```yaml\n# alertmanager.yml\n")
	require.True(t, found)
	example, _, _ := strings.Cut(rest, "```")
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	require.NoError(t, os.WriteFile(file, []byte(example), 0o600))
	p, err := Start(Settings{File: file, Secret: []byte(secret), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	p.Stop()
	assert.NotEmpty(t, example)
}
