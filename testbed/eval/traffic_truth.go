package eval

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"
)

// trafficTruth is what truth.json and windows_5min.csv.gz say of a set.
type trafficTruth struct {
	Sessions struct {
		Sessions int `json:"sessions"`
		MaxOpen  int `json:"max_open_sessions_at_once"`
		Longest  struct {
			DurationS int64 `json:"duration_sec"`
		} `json:"longest_by_duration"`
	} `json:"sessions_per_client_30min"`
	Hours []struct {
		Hour     time.Time `json:"hour_utc"`
		Requests int64     `json:"requests"`
		Clients  int64     `json:"distinct_clients"`
	} `json:"per_hour_utc"`

	windows []window // that hold any request
}

// compare prints the results beside the truth of the set.
func (w *trafficWriter) compare(data string, sum trafficSummary, report io.Writer) error {
	table := tabwriter.NewWriter(report, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "set\t%s\nspans/s\t%d\n", filepath.Base(data), sum.SpansPerS)
	longest := time.Duration(sum.LongestS) * time.Second
	truth, err := readTrafficTruth(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(table, "sessions\t%d\nlongest\t%s\nmost open at once\t%d\ntruth\tnone beside the set\n", sum.Sessions, longest, sum.MaxOpen)
		return table.Flush()
	case err != nil:
		return err
	}
	want := &truth.Sessions
	fmt.Fprintf(table, "\tmeasured\ttruth\nsessions\t%d\t%d\nlongest\t%s\t%s\nmost open at once\t%d\t%d\n", sum.Sessions, want.Sessions,
		longest, time.Duration(want.Longest.DurationS)*time.Second, sum.MaxOpen, want.MaxOpen)
	for _, width := range []int64{300, 3600} {
		exact, total, off := w.score(truth.windows, width)
		fmt.Fprintf(table, "windows of %d s exact\t%d\t%d\nmost off by\t%.2f %%\t\n", width, exact, total, 100*off)
	}
	return table.Flush()
}

// score counts the windows of one width in which clients and requests are those of the truth, and returns the largest error
// of a window's clients, relative to the truth; a window that is missing is off by 1.
func (w *trafficWriter) score(truth []window, width int64) (exact, total int, off float64) {
	got := make(map[int64]window)
	for _, x := range w.windows {
		if x.width == width {
			got[x.start] = x
		}
	}
	for _, want := range truth {
		if want.width != width {
			continue
		}
		total++
		x := got[want.start]
		if x == want {
			exact++
		}
		off = max(off, math.Abs(float64(x.users-want.users))/float64(want.users))
	}
	return exact, total, off
}

func readTrafficTruth(data string) (*trafficTruth, error) {
	raw, err := os.ReadFile(filepath.Join(data, "truth", "truth.json"))
	if err != nil {
		return nil, err
	}
	truth := new(trafficTruth)
	if err := json.Unmarshal(raw, truth); err != nil {
		return nil, fmt.Errorf("truth.json: %w", err)
	}
	for _, h := range truth.Hours {
		if h.Requests > 0 {
			truth.windows = append(truth.windows, window{start: h.Hour.Unix(), width: 3600, users: h.Clients, requests: h.Requests})
		}
	}
	five, err := readWindows(filepath.Join(data, "truth", "windows_5min.csv.gz"))
	if err != nil {
		return nil, err
	}
	truth.windows = append(truth.windows, five...)
	return truth, nil
}

// readWindows reads the truth of every 5 minutes.
func readWindows(path string) (windows []window, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	rows, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, row := range rows[min(1, len(rows)):] {
		x := window{width: 300}
		for column, into := range map[int]*int64{0: &x.start, 2: &x.requests, 3: &x.users} {
			if column >= len(row) {
				return nil, fmt.Errorf("%s: a row of %d columns", path, len(row))
			}
			if *into, err = strconv.ParseInt(row[column], 10, 64); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		if x.requests > 0 {
			windows = append(windows, x)
		}
	}
	return windows, nil
}
