package soak

import (
	"fmt"
	"io"
	"time"

	"github.com/braidotel/braid/internal/otlpsend"
)

// What may grow from the second third of the time to the last: memory by a twentieth, goroutines and descriptors not, but
// for those that happen to be there when one looks.
const (
	growth = 1.05
	slack  = 5
	mebi   = 1 << 20
)

// Result is what a soak has shown.
type Result struct {
	span, took time.Duration
	items      otlpsend.Stats
	summaries  int64
	questions  int64
	rests      []sample // judged: what is in use when nothing is left to do
	working    []sample // told: what it takes meanwhile
}

func newResult(s *soak, took time.Duration, items *otlpsend.Stats) *Result {
	return &Result{span: s.options.Span, took: took, items: *items, summaries: s.model.Calls(), questions: s.asked.Load(), rests: s.rests, working: s.working}
}

// measures are what is watched, in which unit, and how much more of it there may be in the end.
var measures = []struct {
	name  string
	unit  float64
	of    func(*sample) float64
	limit func(second float64) float64
}{
	{"resident, MiB", mebi, func(s *sample) float64 { return s.Resident }, times},
	{"heap alive after a collection, MiB", mebi, func(s *sample) float64 { return s.Heap }, times},
	{"goroutines", 1, func(s *sample) float64 { return s.Goroutines }, plus},
	{"descriptors", 1, func(s *sample) float64 { return s.Descriptors }, plus},
	{"data on disk, MiB", mebi, func(s *sample) float64 { return s.Store }, nil},
}

func times(second float64) float64 { return growth * second }
func plus(second float64) float64  { return slack + second }

// third returns the mean of a measure in a third of the time, from 0, and the most.
func (r *Result) third(samples []sample, n int, of func(*sample) float64) (mean, most float64) {
	sum, count := 0.0, 0.0
	for i := range samples {
		if s := &samples[i]; min(2, int(3*s.At/r.span)) == n {
			sum, count, most = sum+of(s), count+1, max(most, of(s))
		}
	}
	return sum / max(1, count), most
}

// Print writes the table in Markdown and returns what has grown though it must not.
func (r *Result) Print(w io.Writer) (grown []string, err error) {
	if _, err := fmt.Fprintf(w, "%v of event time in %v, %d rests; %s; %d model calls, %d questions asked\n\n"+
		"| at rest | first third | second third | last third | last to second | most at work, by third |\n|---|---|---|---|---|---|\n",
		r.span, r.took.Round(time.Second), len(r.rests), &r.items, r.summaries, r.questions); err != nil {
		return nil, err
	}
	for _, m := range measures {
		var mean, most [3]float64
		for n := range mean {
			mean[n], _ = r.third(r.rests, n, m.of)
			_, most[n] = r.third(r.working, n, m.of)
		}
		second, last := mean[1], mean[2]
		if _, err := fmt.Fprintf(w, "| %s | %.1f | %.1f | %.1f | %.3f | %.0f, %.0f, %.0f |\n", m.name, mean[0]/m.unit, second/m.unit, last/m.unit,
			last/second, most[0]/m.unit, most[1]/m.unit, most[2]/m.unit); err != nil {
			return nil, err
		}
		if m.limit != nil && last > m.limit(second) {
			grown = append(grown, m.name)
		}
	}
	return grown, nil
}
