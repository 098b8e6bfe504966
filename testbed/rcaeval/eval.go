package rcaeval

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/connector/incidentconnector"
	"github.com/braidotel/braid/internal/replay"
	"github.com/braidotel/braid/testbed/incidenteval"
)

// Options of an evaluation. The zero value finds the faults itself.
type Options struct {
	Late time.Duration // shifts the onset that was found, to see what lateness costs
	Told bool          // an alert fires when the fault begins
	Only string        // cases whose name begins so; empty means all
	Each bool          // reports what was said of each case
}

// prediction is one line of what the scorer reads.
type prediction struct {
	Case     string   `json:"case"`
	Ranked   []ranked `json:"ranked"`
	Detected bool     `json:"detected"`
	Onset    int64    `json:"onset_unix,omitempty"`
}

type ranked struct {
	Service string  `json:"service"`
	Metric  string  `json:"metric"`
	Score   float64 `json:"score"`
	Kind    string  `json:"kind"`
	Pod     string  `json:"pod,omitempty"`
}

// Run replays each case of a folder laid out like the development set, its fault-free baseline first, through an incident
// connector with its defaults, and writes whom its incident suspects to a file. Signals and files that are missing are
// done without.
func Run(ctx context.Context, folder, out string, options Options, report io.Writer) error {
	list, err := cases(folder)
	if err != nil {
		return err
	}
	file, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("writing predictions: %w", err)
	}
	w := bufio.NewWriter(file)
	list = slices.DeleteFunc(list, func(c Case) bool { return !strings.HasPrefix(c.ID, options.Only) })
	r := &runner{folder: folder, options: options, report: report, quiet: map[string]*calm{}}
	for _, c := range list {
		if err := r.one(ctx, c, w); err != nil {
			return fmt.Errorf("case %s: %w", c.ID, err)
		}
	}
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		return fmt.Errorf("writing predictions: %w", err)
	}
	r.summary(report, len(list))
	truth, err := faults(folder)
	if err != nil {
		return err
	}
	table(report, truth, r.said)
	return nil
}

// runner counts what happened over all cases.
type runner struct {
	folder   string
	options  Options
	report   io.Writer
	detected int
	several  int // cases with more than one incident
	items    int
	took     time.Duration
	quiet    map[string]*calm
	said     []prediction
}

// calm is what was made of a system's fault-free baselines.
type calm struct {
	opened int
	length time.Duration
}

// history is how much of the day's metrics before a case is replayed: about what is remembered.
const history = 75 * time.Minute

// one replays a case. Its baseline comes first, whatever of it overlaps left out.
func (r *runner) one(ctx context.Context, c Case, w io.Writer) error {
	var baselines, files []string
	for _, signal := range []string{"traces", "logs", "metrics"} {
		own, baseline := c.files(r.folder, signal)
		baselines, files = append(baselines, baseline), append(files, own)
	}
	missing := func(path string) bool { return path == "" }
	baselines, files = slices.DeleteFunc(baselines, missing), slices.DeleteFunc(files, missing)
	said := &incidenteval.Reports{}
	nodes, err := incidenteval.Connect(ctx, said, nil, incidentconnector.WithLateOnset(r.options.Late))
	if err != nil {
		return err
	}
	begin := time.Now()
	err = r.play(ctx, nodes, c, baselines, files)
	r.took += time.Since(begin)
	if err := errors.Join(err, nodes.Stop(ctx)); err != nil {
		return err
	}
	if err := r.listen(c, baselines, said.List()); err != nil {
		return err
	}
	if r.options.Each {
		r.tell(c, said.List())
	}
	return r.write(c, said.List(), w)
}

func (r *runner) play(ctx context.Context, nodes *incidenteval.Nodes, c Case, baselines, files []string) error {
	n, err := nodes.Play(ctx, replay.Batches(ctx, baselines, replay.Options{To: at(c.Start), BadLine: ignore}))
	if err != nil {
		return err
	}
	r.items += n
	until := at(c.End).Add(time.Second)
	if r.options.Told {
		told := at(c.Inject)
		n, err = nodes.Play(ctx, replay.Batches(ctx, files, replay.Options{From: at(c.Start).Add(-history), To: told, BadLine: ignore}))
		if err := errors.Join(err, nodes.Logs.ConsumeLogs(ctx, page(c.ID, told))); err != nil {
			return err
		}
		r.items += n
		n, err = nodes.Play(ctx, replay.Batches(ctx, files, replay.Options{From: told, To: until, BadLine: ignore}))
	} else {
		n, err = nodes.Play(ctx, replay.Batches(ctx, files, replay.Options{From: at(c.Start).Add(-history), To: until, BadLine: ignore}))
	}
	r.items += n
	return err
}

// ignore passes over lines that cannot be read.
func ignore(*replay.LineError) {}

// page is an alert that says only that something is wrong.
func page(id string, at time.Time) plog.Logs {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName("alert")
	r.SetTimestamp(pcommon.NewTimestampFromTime(at))
	r.SetSeverityNumber(plog.SeverityNumberError)
	r.Attributes().PutStr("alert.id", "told "+id)
	r.Attributes().PutStr("alert.name", "told")
	return ld
}

// listen counts what was opened in a baseline, once for each system.
func (r *runner) listen(c Case, baselines []string, said []incidenteval.Report) error {
	if r.quiet[c.System] != nil || len(baselines) == 0 {
		return nil
	}
	first, last, err := replay.Extent(baselines)
	if err != nil {
		return err
	}
	q := &calm{length: last.Sub(first)}
	for _, s := range said {
		if s.Phase == "opened" && !s.At.After(last) {
			q.opened++
		}
	}
	r.quiet[c.System] = q
	return nil
}

// tell prints what was said while a case was played.
func (r *runner) tell(c Case, said []incidenteval.Report) {
	for _, s := range said {
		fmt.Fprintf(r.report, "%s %+4.0fs since %+4.0fs %-8s %s", c.ID, s.At.Sub(at(c.Inject)).Seconds(), s.Began.Sub(at(c.Inject)).Seconds(), s.Phase, s.ID)
		for _, x := range s.Suspects[:min(3, len(s.Suspects))] {
			fmt.Fprintf(r.report, " | %s %s %.1f", x.Service, x.Kind, x.Score)
		}
		fmt.Fprintln(r.report)
	}
}

// write writes what the incident of a case ended with: of several, the one that suspects somebody most.
func (r *runner) write(c Case, said []incidenteval.Report, w io.Writer) error {
	latest := map[string]*incidenteval.Report{}
	for i := range said {
		if s := &said[i]; !s.At.Before(at(c.Start)) {
			latest[s.ID] = s
		}
	}
	var found *incidenteval.Report
	for _, s := range latest {
		if found == nil || top(s) > top(found) || top(s) == top(found) && s.ID < found.ID {
			found = s
		}
	}
	if len(latest) > 1 {
		r.several++
	}
	p := prediction{Case: c.ID, Ranked: []ranked{}, Detected: found != nil}
	if found != nil {
		r.detected++
		p.Onset = found.Began.Unix()
		for _, s := range found.Suspects {
			p.Ranked = append(p.Ranked, ranked{s.Service, s.Indicator, s.Score, s.Kind, s.Pod})
		}
	}
	r.said = append(r.said, p)
	line, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding a prediction: %w", err)
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

// top is how much the first suspect is suspected.
func top(r *incidenteval.Report) float64 {
	if len(r.Suspects) == 0 {
		return 0
	}
	return r.Suspects[0].Score
}

func (r *runner) summary(w io.Writer, n int) {
	fmt.Fprintf(w, "%d cases, %d detected, %d with several incidents, %d items in %.0f s\n", n, r.detected, r.several, r.items, r.took.Seconds())
	for system, q := range r.quiet {
		fmt.Fprintf(w, "%s: %d opened in %v of quiet\n", system, q.opened, q.length.Round(time.Second))
	}
}
