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
	samples    []sample
}

func newResult(s *soak, took time.Duration, items *otlpsend.Stats) *Result {
	return &Result{span: s.options.Span, took: took, items: *items, summaries: s.model.Calls(), questions: s.asked.Load(), samples: s.samples}
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

// third returns the mean of a measure in a third of the time, from 0.
func (r *Result) third(n int, of func(*sample) float64) float64 {
	sum, count := 0.0, 0.0
	for i := range r.samples {
		if s := &r.samples[i]; min(2, int(3*s.At/r.span)) == n {
			sum, count = sum+of(s), count+1
		}
	}
	return sum / max(1, count)
}

// Print writes the table in Markdown and returns what has grown though it must not.
func (r *Result) Print(w io.Writer) (grown []string, err error) {
	if _, err := fmt.Fprintf(w, "%v of event time in %v, %d samples; %s; %d model calls, %d questions asked\n\n"+
		"| | first third | second third | last third | last to second |\n|---|---|---|---|---|\n",
		r.span, r.took.Round(time.Second), len(r.samples), &r.items, r.summaries, r.questions); err != nil {
		return nil, err
	}
	for _, m := range measures {
		second, last := r.third(1, m.of), r.third(2, m.of)
		if _, err := fmt.Fprintf(w, "| %s | %.1f | %.1f | %.1f | %.3f |\n", m.name, r.third(0, m.of)/m.unit, second/m.unit, last/m.unit, last/second); err != nil {
			return nil, err
		}
		if m.limit != nil && last > m.limit(second) {
			grown = append(grown, m.name)
		}
	}
	return grown, nil
}
