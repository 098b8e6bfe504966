package tsdb

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadRollState_DamagedOrOfOtherBuilds_IsReadAnewOrRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rollup.json")
	wrote := rollState{Through: 1_234_567, Stale: []int64{7_200_000}}
	require.NoError(t, wrote.save(file))
	got, err := readRollState(file)
	require.NoError(t, err)
	assert.Equal(t, wrote, got)

	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	for at := range whole {
		for bit := range 8 {
			damaged := append([]byte(nil), whole...)
			damaged[at] ^= 1 << bit
			require.NoError(t, os.WriteFile(file, damaged, 0o600))
			got, err := readRollState(file)
			require.NoError(t, err, "%s", damaged)
			if got.Through != wrote.Through { // a name in other letters is still that name
				assert.Zero(t, got, "%s", damaged)
			}
		}
	}

	require.NoError(t, os.WriteFile(file, []byte(`{"through":5,"stale":[1]}`), 0o600))
	got, err = readRollState(file)
	require.NoError(t, err)
	assert.Equal(t, rollState{Through: 5, Stale: []int64{1}}, got, "of the first builds")

	newer := storedRollState{rollState: wrote, Version: rollVersion + 1}
	newer.Check, err = newer.sum()
	require.NoError(t, err)
	data, err := json.Marshal(newer)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, data, 0o600))
	_, err = Open(filepath.Dir(file), Options{})
	for _, part := range []string{file, "version 2", "up to 1"} {
		require.ErrorContains(t, err, part)
	}
	assert.NoDirExists(t, filepath.Join(filepath.Dir(file), "raw"), "nothing was touched")
}
