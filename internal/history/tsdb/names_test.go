package tsdb

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

// What names point to, a block's file, goes away while they are remembered. A test that fails here ends the process.
func TestLabels_BlockGone_AreStillThere(t *testing.T) {
	db, err := Open(t.TempDir(), Options{Rollups: []Rollup{}})
	require.NoError(t, err)
	for i := range 3 { // each makes the head span four hours
		write(t, db, gauges(epoch.Add(time.Duration(i)*4*time.Hour), "", map[string]float64{"remembered": 1}))
	}
	require.NotEmpty(t, db.raw.Blocks())
	m, inBlocks := db.Metrics(""), history.Window{From: epoch, To: epoch.Add(time.Minute)}
	names, err := m.LabelNames(t.Context(), nil, inBlocks)
	require.NoError(t, err)
	values, err := m.LabelValues(t.Context(), "__name__", nil, inBlocks)
	require.NoError(t, err)
	series, err := m.Series(t.Context(), []string{"remembered"}, inBlocks, 1)
	require.NoError(t, err)
	require.Len(t, series.Items, 1)
	result, err := m.Query(t.Context(), "remembered", epoch.Add(time.Minute))
	require.NoError(t, err)
	require.Len(t, result.Series, 1)

	require.NoError(t, db.Close())
	assert.Contains(t, strings.Join(names, " "), "service_name")
	assert.Equal(t, "remembered", strings.Join(values, " "))
	assert.Equal(t, "shop", strings.ToLower(series.Items[0]["service_name"]))
	assert.Equal(t, "shop", strings.ToLower(result.Series[0].Labels["service_name"]))
}
