package seasonal

import "math"

// leads are those at which errors are measured, in seconds. The last stays below a day, within which every slot of
// yesterday is still the one that was known.
var leads = [...]int64{300, 1200, 3600, 4 * 3600, 23 * 3600}

const (
	pace     = .004 // at which widths of an hour's lead follow
	aim      = .955 // share of errors below a width: a little wide, for the future differs from the past
	near     = 3    // leads up to an hour, whose origins are in the ring of latest deviations
	farthest = len(leads) - 1
	settled  = 12 // errors after which a lead may be forecast
	trust    = 30 // errors for which the distribution of the whole day stands in that of a time of day
)

// horizon is what is known of the errors at one lead.
type horizon struct {
	Blend    regression
	Count    uint16     // errors measured, up to the largest
	Error    float32    // mean size of errors
	Up, Down [2]float32 // how many of the spans on either side of the median hold 45 % of the errors
	Quantile [3]float32 // of the errors at this hour, in usual errors: 5 %, 50 %, 95 %
}

// span is what the band on one side of the median is made of: the quantile of the errors a day ahead at that hour, and
// that of the errors at this lead.
type span [2]float64

func (s *span) width(w *[2]float32) float64 { return float64(w[0])*s[0] + float64(w[1])*s[1] }

func (h *horizon) init(lead int64) {
	h.Blend.Now = prior(lead)
	h.Blend.Earlier = h.Blend.Now
	h.Up = [2]float32{.45, .65} // a tenth wider than needed if the past is like the future, which it never is
	h.Down = h.Up
}

// prior is where the weights start: half of the deviation of the last hour remains after three hours.
func prior(lead int64) (w [len(features{})]float32) {
	rho := float32(math.Exp(-float64(lead) / (4 * hourSeconds)))
	w[fromWeeks], w[fromLatest], w[fromLastHour] = .25, .3*rho, .3*rho
	return w
}

// measure takes the error at this lead: y is the value less the usual day, x were the features at the origin, v the view
// of the value's hour. It returns the error in units of what is usual at that hour.
func (h *horizon) measure(lead int64, x *features, y float64, v *view, seconds float64) (u float64, ok bool) {
	err := y - predict(&h.Blend.Earlier, x)
	size := float64(h.Error)
	if h.Count == 0 {
		size = math.Abs(err)
	}
	h.Count += uint16(min(1, math.MaxUint16-int(h.Count)))
	size += max(1/float64(h.Count), seconds/regressionMemory) * (min(math.Abs(err), 5*max(size, v.errors)) - size)
	h.Error = float32(size)
	fade := 1 - seconds/regressionMemory
	h.Blend.learn(x, y, err, size, seconds, fade)
	unit := size * v.width(x)
	if unit <= 0 {
		return 0, false
	}
	u = err / unit
	err -= unit * float64(h.Quantile[1])
	up, down := h.spans(v, unit, &h.Quantile)
	h.adapt(&h.Up, up, err, lead, seconds)
	h.adapt(&h.Down, down, -err, lead, seconds)
	return u, true
}

// spans are what the band at an hour is made of.
func (h *horizon) spans(v *view, unit float64, q *[3]float32) (up, down span) {
	up = span{v.upper, unit * float64(q[2]-q[1])}
	down = span{v.lower, unit * float64(q[1]-q[0])}
	if v.upper == 0 {
		up[0] = up[1]
	}
	if v.lower == 0 {
		down[0] = down[1]
	}
	return up, down
}

// adapt moves the weights of the spans along the gradient of the pinball loss, multiplicatively: a miss widens by 20
// times what a hit narrows (Kivinen and Warmuth 1997; with one span, adaptive conformal inference, Gibbs and Candès
// 2021). Long leads move slowly, for what they learn from is a lead old and follows itself closely.
func (h *horizon) adapt(w *[2]float32, s span, err float64, lead int64, seconds float64) {
	width := s.width(w)
	if width <= 0 {
		return
	}
	gradient := aim - 1
	if err > width {
		gradient = aim
	}
	rate := pace * math.Sqrt(hourSeconds/float64(lead)*seconds/slotSeconds) * (1 + 10/(1+float64(h.Count)/10))
	for i := range w {
		share := float64(w[i]) * s[i] / width
		c := float64(w[i]) * math.Exp(rate*gradient*(1+share)/2)
		w[i] = float32(max(.01, min(c, 100)))
	}
}
