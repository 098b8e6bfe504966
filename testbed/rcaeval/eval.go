package rcaeval

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/braidotel/braid/internal/rca"
)

// Options of an evaluation. The zero value finds the faults itself.
type Options struct {
	Late time.Duration // shifts the onset that was found, to see what lateness costs
	Told bool          // tells the time of the fault instead of having it found
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

// Run replays each case of a folder laid out like the development set, its fault-free baseline first, through one engine
// with its defaults, and writes a ranking of causes a case to a file. Signals and files that are missing are done without.
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
	r := &runner{folder: folder, options: options, library: library{loaded: map[string]*telemetry{}}}
	for _, c := range list {
		if err := r.one(ctx, c, w); err != nil {
			return fmt.Errorf("case %s: %w", c.ID, err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing predictions: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("writing predictions: %w", err)
	}
	r.summary(report, len(list))
	return nil
}

// runner counts what happened over all cases.
type runner struct {
	folder   string
	options  Options
	library  library
	detected int
	early    []time.Duration // onset found, less the time the fault is said to have begun
	slowest  time.Duration
	quiet    map[string]*calm
}

// calm is what the engine made of a baseline.
type calm struct {
	opened int
	length time.Duration
}

// history is how much of the day's metrics before a case is replayed: about what an engine remembers.
const history = 75 * time.Minute

func (r *runner) one(ctx context.Context, c Case, w io.Writer) error {
	var baseline, own []*telemetry
	for _, signal := range []string{"traces", "logs", "metrics"} {
		mine, before := c.files(r.folder, signal)
		a, err := r.library.get(ctx, before)
		if err != nil {
			return err
		}
		b, err := r.library.get(ctx, mine)
		if err != nil {
			return err
		}
		if signal != "metrics" {
			r.library.release(mine)
		}
		baseline, own = append(baseline, a), append(own, b)
	}
	e := rca.New(rca.Options{})
	before := merge(baseline, 0, at(c.Start).UnixNano())
	r.listen(c, e, before)
	var last rca.Detection
	follow := func(d rca.Detection) {
		if !d.At.Before(at(c.Start)) {
			last = d
		}
	}
	play(e, merge(own, at(c.Start).Add(-history).UnixNano(), at(c.End).UnixNano()), follow)
	for _, d := range e.Advance(at(c.End).Add(10 * time.Second)) {
		follow(d)
	}
	return r.write(c, e, last, w)
}

// listen plays a baseline, and counts what is opened in it once for each.
func (r *runner) listen(c Case, e *rca.Engine, events []event) {
	opened := 0
	play(e, events, func(d rca.Detection) {
		if d.Phase == rca.PhaseOpened {
			opened++
		}
	})
	if r.quiet == nil {
		r.quiet = map[string]*calm{}
	}
	if r.quiet[c.System] == nil && len(events) > 0 {
		r.quiet[c.System] = &calm{opened, time.Duration(events[len(events)-1].at - events[0].at)}
	}
}

func (r *runner) write(c Case, e *rca.Engine, found rca.Detection, w io.Writer) error {
	p := prediction{Case: c.ID, Ranked: []ranked{}, Detected: found.ID != 0}
	window := rca.Window{Onset: found.Onset, End: at(c.End).Add(5 * time.Second)}
	if p.Detected {
		r.detected++
		r.early = append(r.early, found.Onset.Sub(at(c.Inject)))
		p.Onset = found.Onset.Unix()
	}
	if r.options.Told {
		window.Onset = at(c.Inject)
	}
	if p.Detected || r.options.Told {
		window.Onset = window.Onset.Add(r.options.Late)
		begin := time.Now()
		diagnosis := e.Rank(window)
		r.slowest = max(r.slowest, time.Since(begin))
		for _, h := range diagnosis.Hypotheses {
			p.Ranked = append(p.Ranked, ranked{h.Service, h.Indicator, h.Score, string(h.Kind), h.Pod})
		}
	}
	line, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding a prediction: %w", err)
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

func (r *runner) summary(w io.Writer, n int) {
	fmt.Fprintf(w, "%d cases, %d detected, slowest ranking %v\n", n, r.detected, r.slowest.Round(time.Millisecond))
	for system, q := range r.quiet {
		fmt.Fprintf(w, "%s: %d opened in %v of quiet\n", system, q.opened, q.length.Round(time.Second))
	}
}
