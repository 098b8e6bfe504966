package deployeval

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/replay"
	"github.com/braidotel/braid/testbed/incidenteval"
)

// line is a prediction as the scorer reads it.
type line struct {
	Case   string   `json:"case"`
	Ranked []entry  `json:"ranked"`
	Deploy string   `json:"deploy"`
	Radius []string `json:"blast_radius"`
}

type entry struct {
	Service string  `json:"service"`
	Metric  string  `json:"metric"`
	Score   float64 `json:"score"`
}

// Run replays every case below dir through an incident connector with its defaults, and writes a JSON line of what its
// incident says of each to out; explain gets the evidence.
func Run(ctx context.Context, dir, out string, explain io.Writer) error {
	paths, err := cases(dir)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	for _, path := range paths {
		name := filepath.Base(path)
		said, err := play(ctx, path)
		if err != nil {
			return fmt.Errorf("case %s: %w", name, err)
		}
		r := choose(said)
		tell(explain, name, len(said), r)
		if err := enc.Encode(lineOf(name, r)); err != nil {
			return err
		}
	}
	return f.Close()
}

// cases finds the cases of a folder, or of the cases folders one or two below it.
func cases(dir string) ([]string, error) {
	var out []string
	for _, pattern := range []string{"*.commits.json", "cases/*.commits.json", "*/cases/*.commits.json"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			out = append(out, strings.TrimSuffix(f, ".commits.json"))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no *.commits.json in %s or its cases folder", dir)
	}
	slices.Sort(out)
	return out, nil
}

// play feeds a case to a connector: <path>.{traces,metrics,logs}.jsonl.gz, and <path>.commits.json as events.
func play(ctx context.Context, path string) ([]incidenteval.Report, error) {
	files, err := filepath.Glob(path + ".*.jsonl*")
	if err != nil {
		return nil, fmt.Errorf("finding the telemetry of %s: %w", path, err)
	}
	history, err := readCommits(path + ".commits.json")
	if err != nil {
		return nil, err
	}
	said := &incidenteval.Reports{}
	nodes, err := incidenteval.Connect(ctx, said, nil)
	if err != nil {
		return nil, err
	}
	_, err = nodes.Play(ctx, history.among(replay.Batches(ctx, files, replay.Options{})))
	return said.List(), errors.Join(err, nodes.Stop(ctx))
}

// choose takes the latest report of the incident that somebody was called for: the one with alerts, else the last one.
func choose(said []incidenteval.Report) *incidenteval.Report {
	var out *incidenteval.Report
	for i := range said {
		if r := &said[i]; out == nil || len(r.Alerts) > 0 || len(out.Alerts) == 0 {
			out = r
		}
	}
	return out
}

func lineOf(name string, r *incidenteval.Report) line {
	l := line{Case: name, Ranked: []entry{}, Deploy: "none", Radius: []string{}}
	if r == nil {
		return l
	}
	for _, s := range r.Suspects {
		l.Ranked = append(l.Ranked, entry{s.Service, s.Indicator, s.Score})
	}
	l.Radius = append(l.Radius, r.Affected...)
	l.Deploy = cmp.Or(r.Change.Revision, "none")
	return l
}

// tell prints what the report says and on what grounds.
func tell(w io.Writer, name string, reports int, r *incidenteval.Report) {
	if r == nil {
		fmt.Fprintf(w, "%s: nothing is wrong\n", name)
		return
	}
	fmt.Fprintf(w, "%s: %s, since %s, in %d reports; with it %s\n", name, r.Title, r.Began.Format("15:04:05"), reports, strings.Join(r.Affected, ", "))
	fmt.Fprintf(w, "  laid to: %s %s  mechanism: %s\n", r.Change.Kind, r.Change.Revision, cmp.Or(r.Change.Mechanism, "unknown"))
	for _, f := range r.Evidence {
		fmt.Fprintf(w, "  %s\n", f)
	}
	for _, c := range r.Change.Considered {
		fmt.Fprintf(w, "  considered %s\n", c)
	}
}
