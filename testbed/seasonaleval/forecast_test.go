package seasonaleval

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const protocolHead = "series,kind,step_s,season_steps,test_start,origin_step_s,horizon_steps,threshold,timezone\n"

func TestForecast_DailyWave_WritesTheProtocolsRowsCloseToTheTruth(t *testing.T) {
	t.Parallel()
	dir, out := t.TempDir(), t.TempDir()
	in := filepath.Join(dir, "forecast")
	require.NoError(t, os.MkdirAll(in, 0o755))
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	var data strings.Builder
	data.WriteString("timestamp,value\n")
	for i := range 10 * 24 {
		fmt.Fprintf(&data, "%s,%.3f\n", start.Add(time.Duration(i)*time.Hour).Format(timeLayout), 100+50*math.Sin(float64(i)*math.Pi/12))
	}
	require.NoError(t, os.WriteFile(filepath.Join(in, "wave.csv"), []byte(data.String()), 0o600))
	protocol := protocolHead + "wave,load,3600,24,2026-03-10 00:00:00,21600,24,120,UTC (true zone Asia/Shanghai)\n"
	require.NoError(t, os.WriteFile(filepath.Join(in, "protocol.csv"), []byte(protocol), 0o600))

	require.NoError(t, Forecast(dir, out, io.Discard))

	f, err := os.Open(filepath.Join(out, "forecast", "wave.csv"))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+5*24+18+12+6, "five origins with a day after them, three with less")
	assert.Equal(t, []string{"2026-03-09 23:00:00", "2026-03-10 00:00:00"}, rows[1][:2])
	for _, r := range rows[1:] {
		actual, err := strconv.ParseFloat(r[2], 64)
		require.NoError(t, err)
		median, err := strconv.ParseFloat(r[4], 64)
		require.NoError(t, err)
		assert.InDelta(t, actual, median, 10)
	}
}

func TestForecast_BadProtocol_NamesTheLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ line, want string }{
		"no_number": {"a,k,x,24,2026-03-10 00:00:00,21600,24,120,UTC", "line 2"},
		"no_time":   {"a,k,3600,24,yesterday,21600,24,120,UTC", "line 2"},
		"no_zone":   {"a,k,3600,24,2026-03-10 00:00:00,21600,24,120,UTC (true zone Atlantis)", "Atlantis"},
		"outside":   {"../a,k,3600,24,2026-03-10 00:00:00,21600,24,120,UTC", "not a path below"},
		"no_step":   {"a,k,0,24,2026-03-10 00:00:00,21600,24,120,UTC", "must be positive"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "forecast"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "forecast", "protocol.csv"), []byte(protocolHead+c.line+"\n"), 0o600))
			assert.ErrorContains(t, Forecast(dir, t.TempDir(), io.Discard), c.want)
		})
	}
}
