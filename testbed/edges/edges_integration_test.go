//go:build integration

package edges

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
)

// Ten minutes of one edge are cut off, that edge and the center are killed meanwhile, requests come twice and in another
// order: the center's hours and five minutes are those of one collector that saw everything. The long form is `eval edges`.
func TestEdgesToCenter_CutKilledRepeated_EqualTheWhole(t *testing.T) {
	root, err := collector.Root()
	require.NoError(t, err)
	binary, err := collector.Binary()
	require.NoError(t, err)
	result, err := Run(t.Context(), Options{
		Dir: t.TempDir(), Binary: binary, Configs: filepath.Join(root, "distribution", "configs"), Users: 60, Seed: 1,
		Duration: 65 * time.Minute, Cut: 20 * time.Minute, CutFor: 10 * time.Minute,
		KillEdge: []time.Duration{25 * time.Minute}, KillCenter: []time.Duration{27 * time.Minute, 45 * time.Minute},
	})
	if result != nil {
		require.NoError(t, result.Print(os.Stdout))
	}
	require.NoError(t, err)
	assert.True(t, result.OK(), "%v", result.Wrong)
	assert.Positive(t, result.Repeated)
}
