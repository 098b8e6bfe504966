package incident

import "math"

// assign gives each firing of a storm to one of the spans: result[i][j] is the span of firing i's j-th time.
func (s *storm) assign(spans []span, book *past) [][]int {
	out := make([][]int, len(s.firings))
	priors := make([]map[uint64]float64, len(spans))
	for round := range 3 {
		if round > 0 && len(spans) > 1 {
			priors = s.profiles(spans, out, book)
		}
		for i := range s.firings {
			out[i] = s.firings[i].assign(spans, priors)
		}
		if len(spans) == 1 {
			break
		}
	}
	return out
}

// profiles learns from what surely belongs to each span which other alerts to expect there.
func (s *storm) profiles(spans []span, given [][]int, book *past) []map[uint64]float64 {
	var asked []uint64
	known := make([]map[uint64]bool, len(spans))
	for k := range known {
		known[k] = map[uint64]bool{}
	}
	for i, f := range s.firings {
		unsure := false
		for j, t := range f.times {
			inside := 0
			for _, sp := range spans {
				if sp.covers(t) {
					inside++
				}
			}
			if inside == 1 || len(f.times) >= len(spans) {
				known[given[i][j]][f.key] = true
			} else {
				unsure = true
			}
		}
		if unsure {
			asked = append(asked, f.key)
		}
	}
	out := make([]map[uint64]float64, len(spans))
	for k := range spans {
		out[k] = book.profile(known[k], asked)
	}
	return out
}

// assign finds the likeliest way to share an alert's firings among the spans, each at most once to each.
func (f *firing) assign(spans []span, priors []map[uint64]float64) []int {
	best, bestScore := make([]int, len(f.times)), math.Inf(-1)
	now := make([]int, len(f.times))
	var try func(j, used int, score float64)
	try = func(j, used int, score float64) {
		if j == len(f.times) {
			if score > bestScore {
				bestScore = score
				copy(best, now)
			}
			return
		}
		for k, sp := range spans {
			cost := 0.0
			if !sp.covers(f.times[j]) {
				cost += orphanCost + min(math.Abs(f.times[j]-sp.start), math.Abs(f.times[j]-sp.end))/60
			}
			if used&(1<<k) != 0 {
				cost += refireCost
			} else {
				p := f.prior
				if v, ok := priors[k][f.key]; ok {
					p = v
				}
				cost -= math.Log(p / (1 - p) / sp.length())
			}
			now[j] = k
			try(j+1, used|1<<k, score-cost)
		}
	}
	if len(f.times) <= 4 {
		try(0, 0, 0)
		return best
	}
	for j, t := range f.times { // it flaps: each time to the span it is deepest in
		depth := math.Inf(-1)
		for k, sp := range spans {
			if d := min(t-sp.start, sp.end-t); d > depth {
				depth, best[j] = d, k
			}
		}
	}
	return best
}
