package chaos

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
)

func TestMatrix_EveryCell_IsPlayedOrHasAReason(t *testing.T) {
	t.Parallel()
	played := map[string]bool{}
	for _, s := range scenarios() {
		assert.False(t, played[s.name], "two scenarios are called %s", s.name)
		played[s.name] = true
		assert.NotEmpty(t, concerned(s.name), "%s shows nothing", s.name)
	}
	for i := range rows {
		assert.NotNil(t, checks[rows[i].component], rows[i].component)
		for _, column := range columns {
			names, reason := rows[i].scenariosOf(column)
			assert.NotEqual(t, len(names) == 0, reason == "", "%s, %s", rows[i].component, column)
			for _, name := range names {
				assert.True(t, played[name], "%s, %s: no scenario is called %q", rows[i].component, column, name)
			}
		}
	}
	for _, name := range Short {
		assert.True(t, played[name], name)
	}
}

func TestMatrix_EveryComponent_HasARow(t *testing.T) {
	t.Parallel()
	root, err := collector.Root()
	require.NoError(t, err)
	inMatrix := map[string]bool{}
	for i := range rows {
		for _, folder := range rows[i].folders {
			inMatrix[folder] = true
			assert.DirExists(t, filepath.Join(root, folder))
		}
	}
	for _, kind := range []string{"connector", "exporter", "extension", "processor", "receiver"} {
		folders, err := os.ReadDir(filepath.Join(root, kind))
		require.NoError(t, err)
		for _, f := range folders {
			assert.True(t, inMatrix[kind+"/"+f.Name()] || !f.IsDir(), "%s/%s: no row of the matrix is about it", kind, f.Name())
		}
	}
}

func TestPrint_OutcomesOfEachKind_AreTold(t *testing.T) {
	t.Parallel()
	m := &Matrix{outcomes: map[string]map[string]outcome{
		"backend down": {seasonality: {after: 1500 * time.Millisecond}, incidents: {err: errors.New("lost")}},
	}}
	var b strings.Builder
	require.NoError(t, m.Print(&b))
	assert.Contains(t, b.String(), "| seasonality | not played | 1.5 s |")
	assert.Contains(t, b.String(), "| incident | not played | **no** |")
	assert.Contains(t, b.String(), "| history (SQLite, TSDB) | (1) |")
	assert.Equal(t, 1, m.Failed())
	assert.Equal(t, "incident: lost", m.troubles("backend down"))
}
