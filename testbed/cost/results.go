package cost

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// The bars that issue 2 sets.
const (
	barRatio  = 1.35
	goalRatio = 1.25
	barRSS    = 140 << 20
)

// results are the samples of a run.
type results struct {
	pipelines []pipeline // the plain one first, then the chain
	loads     []load
	samples   map[string][]Sample // by pipeline and load
	settled   uint64              // bytes
	own       uint64              // of them: no file's
}

func newResults(pipelines []pipeline, loads []load) *results {
	return &results{pipelines: pipelines, loads: loads, samples: map[string][]Sample{}}
}

func key(p pipeline, l load) string { return p.name + " at " + l.name }

func (r *results) add(p pipeline, l load, s Sample) {
	r.samples[key(p, l)] = append(r.samples[key(p, l)], s)
}

// medians of each figure, apart.
func (r *results) medians(p pipeline, l load) Sample {
	samples := r.samples[key(p, l)]
	return Sample{
		CPUPerSpan:     median(samples, func(s Sample) time.Duration { return s.CPUPerSpan }),
		SpansPerSecond: median(samples, func(s Sample) float64 { return s.SpansPerSecond }),
		RSS:            median(samples, func(s Sample) uint64 { return s.RSS }),
	}
}

// ratio is the median over the rounds of what a pipeline costs over the plain one, with its extremes.
func (r *results) ratio(p pipeline, l load) (middle, low, high float64) {
	plain, full := r.samples[key(r.pipelines[0], l)], r.samples[key(p, l)]
	ratios := make([]float64, len(plain))
	for i := range plain {
		ratios[i] = float64(full[i].CPUPerSpan) / float64(plain[i].CPUPerSpan)
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1]
}

// median is the upper one for an even number.
func median[T cmp.Ordered](samples []Sample, figure func(Sample) T) T {
	values := make([]T, len(samples))
	for i, s := range samples {
		values[i] = figure(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func (r *results) print(w io.Writer, o *Options) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "load\tpipeline\tspans/s\tCPU/span\tRSS\tratio (lowest … highest)\t\n")
	for _, l := range r.loads {
		for i, p := range r.pipelines {
			m := r.medians(p, l)
			ratio := "1.00\t"
			if i > 0 {
				middle, low, high := r.ratio(p, l)
				ratio = fmt.Sprintf("%.2f (%.2f … %.2f)\t", middle, low, high)
				if i == 1 {
					ratio += verdict(middle <= barRatio)
				}
			}
			fmt.Fprintf(table, "%s\t%s\t%.0f\t%.2f µs\t%.0f MiB\t%s\n",
				l.name, p.name, m.SpansPerSecond, float64(m.CPUPerSpan)/1e3, mebibytes(m.RSS), ratio)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "RSS of the chain after %v at %.0f spans/s, %d sessions: %.0f MiB  %s (%.0f MiB beside the program's file)\n"+
		"bars: ratio ≤ %.2f (goal %.2f), RSS ≤ %d MiB; medians of %d rounds of %v\n",
		o.Settle, o.Rate, o.Sessions, mebibytes(r.settled), verdict(r.settled <= barRSS), mebibytes(r.own),
		barRatio, goalRatio, barRSS>>20, o.Rounds, o.Window)
	return err
}

func mebibytes(n uint64) float64 { return float64(n) / (1 << 20) }

func verdict(good bool) string {
	if good {
		return "holds"
	}
	return "MISSED"
}
