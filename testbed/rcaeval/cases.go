package rcaeval

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Case is one line of truth.jsonl: where a fault's telemetry is and when it began. What the fault was is in the file too,
// but never read here.
type Case struct {
	ID       string            `json:"case"`
	System   string            `json:"system"`
	Inject   int64             `json:"inject_unix"`
	Start    int64             `json:"window_start_unix"`
	End      int64             `json:"window_end_unix"`
	PreTrace bool              `json:"has_pre_trace"`
	Files    map[string]string `json:"files"` // signal to path, relative to the folder
}

// cases reads truth.jsonl of a folder, in its order. Cases without a window have no traces to replay and are left out.
func cases(folder string) ([]Case, error) {
	file, err := os.Open(filepath.Join(folder, "truth.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("reading the cases: %w", err)
	}
	defer file.Close()
	var out []Case
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var c Case
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("truth.jsonl:%d: %w", n, err)
		}
		if c.End > 0 {
			out = append(out, c)
		}
	}
	return out, lines.Err()
}

// files names a case's own file of a signal and the baseline's, each empty if it does not exist. A day's metrics are one
// file for all its cases.
func (c Case) files(folder, signal string) (own, baseline string) {
	day := ""
	for _, s := range []string{"metrics", "traces", "logs"} {
		if path := c.Files[s]; path != "" {
			day = filepath.Dir(path)
			break
		}
	}
	if filepath.Base(day) == "cases" {
		day = filepath.Dir(day)
	}
	path := c.Files[signal]
	if path == "" && signal == "metrics" {
		path = filepath.Join(day, "metrics.jsonl.gz")
	}
	if path != "" {
		own = existing(filepath.Join(folder, path))
	}
	return own, existing(filepath.Join(folder, day, "baseline."+signal+".jsonl.gz"))
}

func existing(path string) string {
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return ""
	}
	return path
}

func at(unix int64) time.Time { return time.Unix(unix, 0).UTC() }
