package surprise

import "math"

const (
	clip       = 4.   // deviations are learnt up to this many times the usual one
	settle     = 30   // points in which nothing is clipped
	hourTrust  = 20.  // points after which an hour of the day is believed as much as the whole
	grain      = 1e-3 // deviations below this share of the size of the values are as good as none
	maxScaled  = 1e9
	hoursOfDay = 24
)

// spread is the usual value of a quantity and its usual distance from it, both learnt in small clipped steps, so that a
// spike moves them little and a lasting change moves them in the end.
type spread struct {
	Centre, Usual float64
	Seen          uint32
}

// scaled is the deviation of x in units of the usual one, which is never taken to be less than floor.
func (s *spread) scaled(x, floor float64) float64 {
	return bound((x - s.Centre) / max(s.Usual, floor, math.SmallestNonzeroFloat32))
}

func bound(z float64) float64 { return min(max(z, -maxScaled), maxScaled) }

// learn moves the usual deviation, and with moving set also the centre, by the share rate of the step to x.
func (s *spread) learn(x, rate float64, moving bool) {
	if s.Seen == 0 && moving {
		s.Centre = x
	}
	if s.Seen < math.MaxUint32 {
		s.Seen++
	}
	rate = max(rate, 1/float64(s.Seen))
	dev := x - s.Centre
	limit := math.Abs(dev)
	if s.Seen >= settle && s.Usual > 0 {
		limit = min(limit, clip*s.Usual)
	}
	s.Usual += rate * (limit - s.Usual)
	if moving {
		s.Centre += rate * min(max(dev, -limit), limit)
	}
}

// hourly is the usual size of a deviation by hour of the day: what is quiet at night is not measured by the noise of noon.
type hourly struct {
	All  spread
	Hour [hoursOfDay]float64
	Seen [hoursOfDay]uint16
}

func (h *hourly) usual(hour int) float64 {
	n := float64(h.Seen[hour])
	if n == 0 {
		return h.All.Usual
	}
	w := n / (n + hourTrust)
	return w*h.Hour[hour] + (1-w)*h.All.Usual
}

func (h *hourly) scaled(dev, floor float64, hour int) float64 {
	return bound(dev / max(h.usual(hour), floor, math.SmallestNonzeroFloat32))
}

// learn takes a deviation; rate is the share of one point in a day.
func (h *hourly) learn(dev, rate float64, hour int) {
	size, limit := math.Abs(dev), clip*h.usual(hour)
	if h.Seen[hour] < math.MaxUint16 {
		h.Seen[hour]++
	}
	if h.Seen[hour] < 10 {
		limit = size
		if h.All.Seen >= settle && h.All.Usual > 0 {
			limit = clip * h.All.Usual
		}
	}
	h.All.learn(dev, rate, false)
	limit = max(limit, .2*h.All.Usual)
	rate = min(max(rate*hoursOfDay/7, 1/float64(h.Seen[hour])), 1)
	h.Hour[hour] += rate * (min(size, limit) - h.Hour[hour])
}
