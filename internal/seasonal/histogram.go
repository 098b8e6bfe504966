package seasonal

import "math"

// histogram counts errors by size, in units of the error that is usual at their time of day. Its 20 bins grow
// exponentially to both sides of zero. A bin that is full halves all, which is how old errors are forgotten.
type histogram [bins]uint8

const (
	bins    = 20
	fullBin = 180 // of a five-minute series three weeks of errors at a time of day
	phases  = hours / 2
)

// edges are the limits of the bins: sinh(7i/10)/sinh(7) times 25 usual errors.
var edges = func() (e [bins + 1]float64) {
	for i := range e {
		e[i] = 25 * math.Sinh(7*(float64(2*i)/bins-1)) / math.Sinh(7)
	}
	return e
}()

func binOf(u float64) int {
	low, high := 0, bins-1
	for low < high {
		if mid := (low + high + 1) / 2; u >= edges[mid] {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}

func (h *histogram) add(bin int) {
	h[bin]++
	if h[bin] >= fullBin {
		for i := range h {
			h[i] /= 2
		}
	}
}

// shares is a distribution over the bins.
type shares [bins]float64

// blended is the distribution of errors at one time of day, shrunk to that of the whole day as if the latter were trust
// errors. It is false when there are no errors yet.
func blended(day *[phases]histogram, phase int, trust float64) (s shares, ok bool) {
	all := 0
	for p := range day {
		for i, c := range day[p] {
			all += int(c)
			s[i] += float64(c)
		}
	}
	if all == 0 {
		return s, false
	}
	here := 0
	for _, c := range day[phase] {
		here += int(c)
	}
	sum := float64(here) + trust
	for i := range s {
		s[i] = (float64(day[phase][i]) + trust*s[i]/float64(all)) / sum
	}
	return s, true
}

// quantile returns the size below which a share p of the errors lies.
func (s *shares) quantile(p float64) float64 {
	below := 0.0
	for i, share := range s {
		if below+share >= p && share > 0 {
			return edges[i] + (edges[i+1]-edges[i])*(p-below)/share
		}
		below += share
	}
	return edges[bins]
}

// below returns the share of errors below u.
func (s *shares) below(u float64) float64 {
	bin, sum := binOf(u), 0.0
	for _, share := range s[:bin] {
		sum += share
	}
	within := (u - edges[bin]) / (edges[bin+1] - edges[bin])
	return min(1, sum+s[bin]*min(1, max(0, within)))
}
