package incident

import (
	"math"
	"slices"
)

// Costs of what does not fit, in nats.
const (
	orphanCost = 9.0  // an alert outside every incident
	refireCost = 10.0 // the first time an alert fires twice in one incident
	flapCost   = 1.5  // every further time: it flaps
	startCost  = 8.0  // an incident begins: one in 3,000 s
	maxSpans   = 6    // incidents told apart within one storm at a time
	maxFitted  = 800  // alerts of a storm that its spans are fitted to
)

var orphan, refire, flap = math.Exp(-orphanCost), math.Exp(-refireCost), math.Exp(-flapCost)

// span is the stretch of event time, in seconds, in which one incident's alerts fire.
type span struct{ start, end float64 }

func (s span) length() float64 { return max(s.end-s.start, 5) }

func (s span) covers(t float64) bool { return s.start <= t && t <= s.end }

// firing is one alert's times within a storm and how often it fires in an incident.
type firing struct {
	key   uint64
	times []float64
	prior float64
}

// storm is what is to be split: the alerts of one place without a quiet spell between them.
type storm struct {
	firings   []firing
	first     float64
	now       float64 // watermark
	quiet     float64 // an incident silent for less may go on
	silent    float64 // sum over alerts known of old and not in the storm of ln(1-prior)
	durations *durations
	times     []float64 // distinct, ascending
}

// split finds the incidents that explain a storm best: the spans of highest posterior under the model that an incident
// fires each alert at most once, at a moment as good as any other of its span.
func (s *storm) split() []span {
	if every := (len(s.firings) + maxFitted - 1) / maxFitted; every > 1 {
		return s.thinned(every).split()
	}
	last := s.times[len(s.times)-1]
	best := s.refine([]span{{s.first, last}})
	score := s.score(best)
	for len(best) < maxSpans {
		next, nextScore := s.grow(best)
		if nextScore <= score {
			break
		}
		best, score = next, nextScore
	}
	return best
}

// thinned is the storm with one alert of so many.
func (s *storm) thinned(every int) *storm {
	thin := *s
	thin.firings, thin.times = nil, nil
	for i := 0; i < len(s.firings); i += every {
		thin.firings = append(thin.firings, s.firings[i])
		thin.times = append(thin.times, s.firings[i].times...)
	}
	thin.times = append(thin.times, s.first, s.times[len(s.times)-1])
	slices.Sort(thin.times)
	thin.times = slices.Compact(thin.times)
	return &thin
}

// grow tries to cut each span in two that may overlap, and keeps the best outcome.
func (s *storm) grow(spans []span) ([]span, float64) {
	type trial struct {
		spans []span
		score float64
	}
	var trials []trial
	for k, sp := range spans {
		marks := s.marks(sp, 12)
		for i, from := range marks {
			for _, to := range marks[max(0, i-1):] {
				next := slices.Clone(spans)
				next[k] = span{sp.start, to}
				next = append(next, span{from, sp.end})
				trials = append(trials, trial{next, s.score(next)})
			}
		}
	}
	slices.SortFunc(trials, func(a, b trial) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	best, score := spans, math.Inf(-1)
	for _, t := range trials[:min(3, len(trials))] {
		refined := s.refine(t.spans)
		if sc := s.score(refined); sc > score {
			best, score = refined, sc
		}
	}
	return best, score
}

// marks picks at most n of the times within a span, evenly.
func (s *storm) marks(sp span, n int) []float64 {
	lo, _ := slices.BinarySearch(s.times, sp.start)
	hi, _ := slices.BinarySearch(s.times, math.Nextafter(sp.end, math.Inf(1)))
	in := s.times[lo:hi]
	if len(in) <= n {
		return in
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = in[i*(len(in)-1)/(n-1)]
	}
	return out
}

// refine moves one boundary at a time to where the score is highest, coarsely and then finely.
func (s *storm) refine(spans []span) []span {
	spans = slices.Clone(spans)
	score := s.score(spans)
	for range 4 {
		before := score
		for k := range spans {
			for _, start := range []bool{true, false} {
				score = s.move(spans, k, start, score)
			}
		}
		if score < before+0.01 {
			break
		}
	}
	return spans
}

// move finds the best place of one boundary, all others as they are, and returns the score there.
func (s *storm) move(spans []span, k int, start bool, score float64) float64 {
	edge := &spans[k].end
	if start {
		edge = &spans[k].start
	}
	n, kept := len(s.times), *edge
	for lo, hi, step := 0, n-1, max(1, n/24); ; {
		for i := lo; i <= hi; i += step {
			if *edge = s.times[i]; spans[k].start > spans[k].end {
				continue
			}
			if sc := s.score(spans); sc > score {
				score, kept = sc, *edge
			}
		}
		*edge = kept
		if step == 1 {
			return score
		}
		at, _ := slices.BinarySearch(s.times, kept)
		lo, hi, step = max(0, at-step), min(n-1, at+step), max(1, step/12)
	}
}

// score is the log posterior of a set of spans, but for a constant.
func (s *storm) score(spans []span) float64 {
	var density, seen [maxSpans + 1]float64
	total := 0.0
	for k, sp := range spans {
		full := sp.length()
		done := 1.0
		if sp.end+s.quiet >= s.now { // may go on
			full = max(full, s.durations.typical())
			done = min(1, (s.now-sp.start)/full)
		}
		density[k], seen[k] = 1/full, done
		total += -startCost + s.durations.logDensity(full) + s.silent*done
	}
	noise := 1 / max(s.times[len(s.times)-1]-s.first, 60)
	product := 1.0 // of likelihoods, its logarithm taken now and then
	for i := range s.firings {
		f := &s.firings[i]
		if len(f.times) == 1 {
			product *= f.single(spans, &density, &seen, noise)
		} else {
			v, shift := f.several(spans, &density, &seen, noise)
			product *= v
			total += shift
		}
		if product < 1e-200 {
			total += math.Log(product)
			product = 1
		}
	}
	return total + math.Log(product)
}

// single is the likelihood of an alert that fired once, summed over the incidents it may be of.
func (f *firing) single(spans []span, density, seen *[maxSpans + 1]float64, noise float64) float64 {
	none, sum := 1.0, noise*orphan
	for k, sp := range spans {
		quiet := 1 - f.prior*seen[k]
		none *= quiet
		if sp.covers(f.times[0]) {
			sum += f.prior * density[k] / quiet
		}
	}
	return none * sum
}

// several is the likelihood of an alert that fired more than once, summed over all ways to share its firings among the
// incidents, as a factor and the logarithm of another.
func (f *firing) several(spans []span, density, seen *[maxSpans + 1]float64, noise float64) (factor, shift float64) {
	none, near := 1.0, 0
	var odds [maxSpans + 1]float64
	var at [maxSpans + 1]span
	first, last := f.times[0], f.times[len(f.times)-1]
	for k, sp := range spans {
		quiet := 1 - f.prior*seen[k]
		none *= quiet
		if sp.end >= first && sp.start <= last { // the others can only be without it
			odds[near], at[near] = f.prior*density[k]/quiet, sp
			near++
		}
	}
	if len(f.times) == 2 {
		return none * f.twice(at[:near], &odds, noise), 0
	}
	sum, shift := f.share(at[:near], &odds, noise)
	return none * sum, shift
}

// twice is share of two firings.
func (f *firing) twice(spans []span, odds *[maxSpans + 1]float64, noise float64) float64 {
	one, two, same := 0.0, 0.0, 0.0
	for k, sp := range spans {
		a, b := sp.covers(f.times[0]), sp.covers(f.times[1])
		if a {
			one += odds[k]
		}
		if b {
			two += odds[k]
		}
		if a && b {
			same += odds[k] * odds[k]
		}
	}
	return one*two - same + noise*refire*(one+two) + noise*noise*refire*flap
}

// share sums over the injective ways to give firings to incidents, one alert at most once to each.
func (f *firing) share(spans []span, odds *[maxSpans + 1]float64, noise float64) (sum, shift float64) {
	var now, next [1 << maxSpans][2]float64 // by the set of incidents served, and whether a firing was left over
	first, more := noise*refire, noise*flap
	full := 1 << len(spans)
	now[0][0] = 1
	for _, t := range f.times {
		clear(next[:full])
		top := 0.0
		for set := range full {
			for left, v := range now[set] {
				if v == 0 {
					continue
				}
				over := first
				if left == 1 {
					over = more
				}
				next[set][1] += v * over
				for k, sp := range spans {
					if set&(1<<k) == 0 && sp.covers(t) {
						next[set|1<<k][left] += v * odds[k]
					}
				}
			}
		}
		for set := range full {
			top = max(top, next[set][0], next[set][1])
		}
		for set := range full {
			now[set][0], now[set][1] = next[set][0]/top, next[set][1]/top
		}
		shift += math.Log(top)
	}
	for set := range full {
		sum += now[set][0] + now[set][1]
	}
	return sum, shift
}
