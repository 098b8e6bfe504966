package main

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writeSeries writes three weeks of a daily wave, hour by hour in local time, and returns the file's path.
func writeSeries(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("timestamp,value\n")
	begin := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for hour := range 21 * 24 {
		value := 100 + 50*math.Sin(2*math.Pi*float64(hour)/24) + float64(hour%7)/10
		fmt.Fprintf(&text, "%s,%.2f\n", begin.Add(time.Duration(hour)*time.Hour).Format(time.DateTime), value)
	}
	text.WriteString("someday,1\n")
	path := filepath.Join(t.TempDir(), "users.csv")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
	return path
}

func seasonalCommand(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"seasonal"}, args...), &out, &errs)
	return out.String(), errs.String(), code
}

func TestSeasonalScore_OneRowAPoint(t *testing.T) {
	out, errs, code := seasonalCommand(t, "score", "--time-zone", "Asia/Seoul", writeSeries(t))
	require.Zero(t, code, errs)
	assert.Contains(t, errs, `left out: line 506: time "someday"`)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 1+21*24)
	assert.Equal(t, "time,value,score,alarm,unusual,low,median,high", lines[0])
	assert.True(t, strings.HasPrefix(lines[1], "2026-03-01T15:00:00Z,100,0.000000,false,false,,,"), lines[1])
}

func TestSeasonalFit_ShowsThePatternInTheZone(t *testing.T) {
	out, errs, code := seasonalCommand(t, "fit", "--time-zone", "Asia/Seoul", writeSeries(t))
	require.Zero(t, code, errs)
	assert.Regexp(t, `points learnt\s+504`, out)
	assert.Regexp(t, `24 h\s+[\d.]+ %\s+[\d.]+\s+\d+`, out)
	assert.Regexp(t, `usual at\s+Mon\s+Tue\s+Wed\s+Thu\s+Fri\s+Sat\s+Sun`, out)
	assert.Regexp(t, `06:00(\s+1[45]\d(\.\d+)?){7}\n`, out)
}

func TestSeasonalPlot_WritesAPictureAndTheProbabilities(t *testing.T) {
	series := writeSeries(t)
	out, errs, code := seasonalCommand(t, "plot", "--limit", "60", series)
	require.Zero(t, code, errs)
	assert.Regexp(t, `above 60 in 3 h\s+\d+ %`, out)
	picture, err := os.Open(strings.TrimSuffix(series, ".csv") + ".png")
	require.NoError(t, err)
	defer picture.Close()
	_, err = png.Decode(picture)
	require.NoError(t, err)
}

func TestSeasonal_BadFlags_NameTheFlagAndTheFix(t *testing.T) {
	series := writeSeries(t)
	for want, args := range map[string][]string{
		"--time-zone must be a name such as Asia/Seoul":     {"--time-zone", "Korea/Nowhere"},
		`--season "year" must be auto, day, week or none`:   {"--season", "year"},
		`--direction "up" must be both, above or below`:     {"--direction", "up"},
		"--floor 1 must be below --ceiling 0":               {"--floor", "1", "--ceiling", "0"},
		"--threshold 2 must lie between 0 and 1":            {"--threshold", "2"},
		"--min-dev -1 must not be negative":                 {"--min-dev", "-1"},
		`column "cpu": no such column in the header`:        {"--value-column", "cpu"},
		"no row has both a time and a number":               {"--value-column", "timestamp"},
		`--output x.gif: format "gif" is not among`:         {"--output", "x.gif"},
		"--forecast 200h0m0s must lie between 0 and 168h0m": {"--forecast", "200h"},
	} {
		_, errs, code := seasonalCommand(t, append([]string{"plot", series}, args...)...)
		assert.Equal(t, exitFailure, code, want)
		assert.Contains(t, errs, want)
	}
}
