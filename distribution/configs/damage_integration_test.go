//go:build integration

package configs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A file of state that cannot be read is set aside, and the log says so in the words that docs/packages.md has people alert on.
func TestFileStorage_DamagedFile_IsSetAsideAndSaid(t *testing.T) {
	t.Parallel()
	const said = "Database corruption detected, recreating database file"
	env := forwardTo("127.0.0.1:1")
	env["BRAID_DATA_DIR"] = t.TempDir()
	state := filepath.Join(env["BRAID_DATA_DIR"], "storage", "processor_concurrency_")
	t.Run("before", func(t *testing.T) { assert.NotContains(t, start(t, env, "gateway.yaml").logs(), said) })
	data, err := os.ReadFile(state)
	require.NoError(t, err)
	const described = 2 * 4096 // what bbolt knows the file by stays whole
	copy(data[described:], bytes.Repeat([]byte{0xff}, len(data)))
	require.NoError(t, os.WriteFile(state, data, 0o600))

	c := start(t, env, "gateway.yaml")
	assert.Eventually(t, func() bool { return strings.Contains(c.logs(), said) }, arrival, pollEvery)
	aside, err := filepath.Glob(state + ".*.backup")
	require.NoError(t, err)
	assert.Len(t, aside, 1)
	guide, err := os.ReadFile("../../docs/packages.md")
	require.NoError(t, err)
	assert.True(t, bytes.Contains(guide, []byte(said)), "docs/packages.md says otherwise")
}
