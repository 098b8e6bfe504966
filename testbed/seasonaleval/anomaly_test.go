package seasonaleval

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnomaly_RowsInOrder_OneScoreEach(t *testing.T) {
	t.Parallel()
	data, out := t.TempDir(), t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(data, "anomaly", "nab"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(data, "anomaly", "series.csv"), []byte("series,family,step_s,n,probation_points\nnab/one,nab,300,3,0\n"), 0o600))
	var in strings.Builder
	in.WriteString("timestamp,value\n")
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for i := range 2000 {
		v := 10 + float64(i%7)
		if i == 1500 {
			v = 900
		}
		fmt.Fprintf(&in, "%s,%g\n", at.Add(time.Duration(i)*5*time.Minute).Format(timeLayout), v)
	}
	in.WriteString("2026-03-09 00:00:00,\n")
	require.NoError(t, os.WriteFile(filepath.Join(data, "anomaly", "nab", "one.csv"), []byte(in.String()), 0o600))

	require.NoError(t, Anomaly(data, out))
	got, err := os.ReadFile(filepath.Join(out, "anomaly", "nab", "one.csv"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(got)), "\n")
	require.Len(t, lines, 2002)
	assert.Equal(t, "timestamp,value,anomaly_score", lines[0])
	assert.True(t, strings.HasPrefix(lines[1], "2026-03-02 00:00:00,10,0.0"), lines[1])
	for i, l := range lines[1:] {
		flagged := !strings.Contains(l, ",0.0") && !strings.HasSuffix(l, ",0") && strings.Contains(l, ",0.") && l[strings.LastIndex(l, ",")+1:] >= "0.5"
		assert.Equal(t, i == 1500, flagged, "row %d: %s", i, l)
	}
	assert.Equal(t, ",,0", lines[2001], "a row without a value keeps its place")
}

func TestAnomaly_NameLeavesFolder_Refused(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(data, "anomaly"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(data, "anomaly", "series.csv"), []byte("series\n../../x\n"), 0o600))
	assert.ErrorContains(t, Anomaly(data, t.TempDir()), "not a path below the folder")
}
