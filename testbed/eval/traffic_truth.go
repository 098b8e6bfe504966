package eval

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"
)

// trafficTruth is what truth.json says of a set.
type trafficTruth struct {
	Sessions struct {
		Sessions int                      `json:"sessions"`
		MaxOpen  int                      `json:"max_open_sessions_at_once"`
		Longest  []struct{ Start string } `json:"longest"`
	} `json:"sessions_per_client_30min"`
	Hours []struct {
		Hour     time.Time `json:"hour_utc"`
		Requests int64     `json:"requests"`
		Clients  int64     `json:"distinct_clients"`
	} `json:"per_hour_utc"`
}

// compare prints the results beside the truth of the set.
func (w *trafficWriter) compare(data string, sum trafficSummary, report io.Writer) error {
	table := tabwriter.NewWriter(report, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "set\t%s\nspans/s\t%d\nsessions\t%d\nlongest\t%s\nmost open at once\t%d\n",
		filepath.Base(data), sum.SpansPerS, sum.Sessions, time.Duration(sum.LongestS)*time.Second, sum.MaxOpen)
	want, err := readTrafficTruth(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintln(table, "truth\tnone beside the set")
		return table.Flush()
	case err != nil:
		return err
	}
	got := make(map[window]bool, len(w.windows))
	for _, x := range w.windows {
		got[x] = true
	}
	exact := map[int64]int{}
	total := map[int64]int{}
	for _, x := range want {
		total[x.width]++
		if got[x] {
			exact[x.width]++
		}
	}
	for _, width := range []int64{300, 3600} {
		fmt.Fprintf(table, "windows of %d s exact\t%d of %d\n", width, exact[width], total[width])
	}
	return table.Flush()
}

// readTrafficTruth returns the windows that hold any request.
func readTrafficTruth(data string) ([]window, error) {
	raw, err := os.ReadFile(filepath.Join(data, "truth", "truth.json"))
	if err != nil {
		return nil, err
	}
	var truth trafficTruth
	if err := json.Unmarshal(raw, &truth); err != nil {
		return nil, fmt.Errorf("truth.json: %w", err)
	}
	var windows []window
	for _, h := range truth.Hours {
		if h.Requests > 0 {
			windows = append(windows, window{start: h.Hour.Unix(), width: 3600, users: h.Clients, requests: h.Requests})
		}
	}
	f, err := os.Open(filepath.Join(data, "truth", "windows_5min.csv.gz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("windows_5min.csv.gz: %w", err)
	}
	for _, row := range rows[1:] {
		x := window{width: 300}
		for column, into := range map[int]*int64{0: &x.start, 2: &x.requests, 3: &x.users} {
			if *into, err = strconv.ParseInt(row[column], 10, 64); err != nil {
				return nil, fmt.Errorf("windows_5min.csv.gz: %w", err)
			}
		}
		if x.requests > 0 {
			windows = append(windows, x)
		}
	}
	return windows, nil
}
