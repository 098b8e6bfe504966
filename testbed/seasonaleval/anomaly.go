package seasonaleval

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
	"github.com/braidotel/braid/internal/seriescsv"
)

const timeLayout = "2006-01-02 15:04:05"

// Anomaly scores every series that dataDir/anomaly/series.csv names, row by row and with the same options, and writes
// outDir/anomaly/<series>.csv with the columns timestamp, value and anomaly_score.
func Anomaly(dataDir, outDir string) error {
	in, out := filepath.Join(dataDir, "anomaly"), filepath.Join(outDir, "anomaly")
	names, err := seriesNames(filepath.Join(in, "series.csv"))
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := scoreFile(filepath.Join(in, name+".csv"), filepath.Join(out, name+".csv")); err != nil {
			return fmt.Errorf("series %s: %w", name, err)
		}
	}
	return nil
}

// seriesNames reads the column series of a list of series. A name must stay within the folder.
func seriesNames(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the list of series: %w", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if len(rows) == 0 || strings.TrimSpace(rows[0][0]) != "series" {
		return nil, fmt.Errorf("%s: the first column must be %q", path, "series")
	}
	names := make([]string, 0, len(rows)-1)
	for _, r := range rows[1:] {
		if !filepath.IsLocal(r[0]) {
			return nil, fmt.Errorf("%s: series %q is not a path below the folder", path, r[0])
		}
		names = append(names, r[0])
	}
	return names, nil
}

// scoreFile scores one series, plain or with .gz appended.
func scoreFile(in, out string) error {
	src, err := os.Open(in)
	if errors.Is(err, os.ErrNotExist) {
		src, err = os.Open(in + ".gz")
	}
	if err != nil {
		return fmt.Errorf("opening the series: %w", err)
	}
	defer src.Close()
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("making the folder of scores: %w", err)
	}
	dst, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("creating the scores: %w", err)
	}
	w := bufio.NewWriter(dst)
	err = writeScores(w, src)
	return errors.Join(err, w.Flush(), dst.Close())
}

// writeScores gives every row of src a score. A row that cannot be read keeps its place, with score 0.
func writeScores(w io.Writer, src io.Reader) error {
	if _, err := fmt.Fprintln(w, "timestamp,value,anomaly_score"); err != nil {
		return err
	}
	series := seasonal.New(seasonal.NewOptions())
	for p, err := range seriescsv.Read(src, seriescsv.Options{}) {
		var row *seriescsv.RowError
		switch {
		case errors.As(err, &row):
			if _, err := fmt.Fprintln(w, ",,0"); err != nil {
				return err
			}
			continue
		case err != nil:
			return fmt.Errorf("reading the series: %w", err)
		}
		score := series.Observe(p.At, p.Value).Score
		if _, err := fmt.Fprintf(w, "%s,%s,%.6f\n", stamp(p.At), strconv.FormatFloat(p.Value, 'g', -1, 64), score); err != nil {
			return err
		}
	}
	return nil
}

func stamp(at eventtime.Instant) string { return at.Time().Round(time.Second).Format(timeLayout) }
