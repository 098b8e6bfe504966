package symptom

import (
	"math"
	"slices"
	"strings"
	"time"
)

// series is the recent past of one metric of one service.
type series struct {
	times  []int64 // Unix, in nanoseconds
	values []float64
}

func (s *series) add(at time.Time, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	i, t := len(s.times), at.UnixNano()
	for i > 0 && s.times[i-1] > t {
		i--
	}
	s.times, s.values = slices.Insert(s.times, i, t), slices.Insert(s.values, i, v)
	if len(s.times) > maxPoints {
		s.times, s.values = slices.Delete(s.times, 0, 1), slices.Delete(s.values, 0, 1)
	}
}

func (s *series) forget(before time.Time) {
	n, t := 0, before.UnixNano()
	for n < len(s.times) && s.times[n] < t {
		n++
	}
	s.times, s.values = slices.Delete(s.times, 0, n), slices.Delete(s.values, 0, n)
}

const (
	leastPoints   = 8 // fewer say nothing
	leastBaseline = 6
	leastRun      = 3 // points out of band that make an episode
)

// departure is a stretch in which a series left its normal.
type departure struct {
	since         time.Time
	before, after float64
	size          float64 // distance from normal over the width of the band
	// counted says that the series counts up, so before and after are steps of it.
	counted bool
}

// depart finds the largest departure of a series.
func (s *series) depart(metric string) (departure, bool) {
	times, values := s.times, s.values
	counted := len(values) >= leastPoints && counts(metric, values)
	if counted {
		times, values = times[1:], steps(values)
	}
	if len(values) < leastPoints {
		return departure{}, false
	}
	base := values[:max(leastBaseline, len(values)/4)]
	middle, band := normal(base)
	best, found := departure{}, false
	for from, end := 0, 0; from < len(values); from = end {
		if end = from + 1; math.Abs(values[from]-middle) <= band {
			continue
		}
		end = runEnd(values, from, middle, band)
		if end-from < leastRun && (end < len(values) || end-from < 2) {
			continue
		}
		run := median(values[from:end])
		d := departure{since: time.Unix(0, times[from]).UTC(), before: middle, after: run, size: math.Abs(run-middle) / band, counted: counted}
		if math.Abs(run-middle) > band && (!found || d.size*float64(end-from) > best.size) {
			d.size *= float64(end - from)
			best, found = d, true
			best.size = d.size
		}
	}
	if found {
		best.size = math.Abs(best.after-best.before) / band
	}
	return best, found
}

// runEnd is where a stretch out of band ends; one or two points back in it do not end it.
func runEnd(values []float64, from int, middle, band float64) int {
	end := from + 1
	for i := end; i < len(values) && i <= end+2; i++ {
		if math.Abs(values[i]-middle) > band {
			end = i + 1
		}
	}
	return end
}

// normal gives the middle of a baseline and the half width of its band.
func normal(base []float64) (middle, band float64) {
	middle = median(base)
	off := make([]float64, len(base))
	widest := 0.0
	for i, v := range base {
		off[i] = math.Abs(v - middle)
		widest = max(widest, off[i])
	}
	spread := 1.4826 * median(off)
	band = max(6*spread, 1.5*widest, 0.05*math.Abs(middle))
	if band == 0 {
		band = 1e-9
	}
	return middle, band
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// counts says whether a series counts up or runs down steadily, so that its steps tell more than its values.
func counts(metric string, values []float64) bool {
	up, down := 0, 0
	for i := 1; i < len(values); i++ {
		switch d := values[i] - values[i-1]; {
		case d > 0:
			up++
		case d < 0:
			down++
		}
	}
	if strings.HasSuffix(metric, "_total") && down <= 1 {
		return true
	}
	n := len(values) - 1
	return down == 0 && 10*up >= 6*n || up == 0 && 10*down >= 6*n
}

func steps(values []float64) []float64 {
	out := make([]float64, len(values)-1)
	for i := range out {
		out[i] = values[i+1] - values[i]
	}
	return out
}
