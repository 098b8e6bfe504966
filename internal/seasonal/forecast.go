package seasonal

import (
	"math"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

const (
	// MaxLead is how far ahead a Series looks.
	MaxLead = days * 24 * time.Hour

	roughBand  = 2.5 // mean distances from the level to either side, while that is all that is known
	roughAfter = 12  // points
	growth     = .1  // by which a band is wider a day beyond the first; it grows with the root of the time
)

// law is the distribution of a value to come: a median, the widths to the 5 % and 95 % quantiles, and the shape of errors.
type law struct {
	known            bool
	median           float64
	down, up         float64
	shape            shares
	shaped           bool
	low, mid, height float64 // quantiles of the shape
}

// below is the probability that the value is at most y.
func (l *law) below(y float64) float64 {
	d := y - l.median
	if !l.shaped {
		return tails(d, l.down, l.up)
	}
	switch {
	case d > 0 && l.up > 0:
		return l.shape.below(l.mid + d*(l.height-l.mid)/l.up)
	case d < 0 && l.down > 0:
		return l.shape.below(l.mid + d*(l.mid-l.low)/l.down)
	case d < 0:
		return 0
	case d > 0:
		return 1
	}
	return .5
}

// tails is a two-sided exponential through the quantiles.
func tails(d, down, up float64) float64 {
	switch {
	case d >= 0 && up > 0:
		return 1 - .5*math.Exp(-d/up*math.Ln10)
	case d < 0 && down > 0:
		return .5 * math.Exp(d/down*math.Ln10)
	case d < 0:
		return 0
	}
	return 1
}

// towards gives two laws the place and widths that lie between theirs; they keep their shapes.
func (l *law) towards(m *law, w float64) {
	if w == 0 || !m.known {
		return
	}
	l.median += w * (m.median - l.median)
	l.up += w * (m.up - l.up)
	l.down += w * (m.down - l.down)
	m.median, m.up, m.down = l.median, l.up, l.down
}

// quantiles of the errors at a lead and an hour of the day.
func (s *Series) quantiles(i, hour int) [3]float32 {
	if shape, ok := blended(&s.s.Past[group(i)], hour/2, trust); ok {
		return [3]float32{float32(shape.quantile(lowerShare)), float32(shape.quantile(.5)), float32(shape.quantile(upperShare))}
	}
	return [3]float32{-roughBand, 0, roughBand}
}

// usual is the band of a moment by the profiles alone, as from a day before.
func (s *Series) usual(v *view, q *[3]float32) Band {
	h := &s.s.Horizons[farthest]
	if !v.known || h.Count < settled {
		return s.rough(v)
	}
	unit := float64(h.Error) * v.relative
	up, down := h.spans(v, unit, q)
	median := v.base + predict(&h.Blend.Now, &v.x) + unit*float64(q[1])
	return Band{Low: median - down.width(&h.Down), Median: median, High: median + up.width(&h.Up)}
}

// rough is the band around what is expected while errors are not known yet.
func (s *Series) rough(v *view) Band {
	if s.s.Points < roughAfter || s.s.Last/second-s.s.First < hourSeconds {
		return unknown()
	}
	w := roughBand * float64(s.s.Rough)
	return Band{Low: v.base - w, Median: v.base, High: v.base + w}
}

func (o *open) band() Band { return Band{Low: o.Usual[0], Median: o.Usual[1], High: o.Usual[2]} }

// Usual returns what the series usually is at that time of day and week, NaN while it is not known.
func (s *Series) Usual(at eventtime.Instant) Band {
	v := s.view(int64(at) / second)
	q := s.quantiles(farthest, v.at.hour)
	return s.o.clampBand(s.usual(&v, &q))
}

// at returns the distribution at one of the leads for a moment.
func (s *Series) at(i int, v *view) law {
	h := &s.s.Horizons[i]
	if h.Count < settled {
		b := s.rough(v)
		return law{known: b.Known(), median: b.Median, down: b.Median - b.Low, up: b.High - b.Median}
	}
	last := s.s.Last / second
	x := v.from(s.recent(s.s.Bin), s.recentHour(s.s.Bin), s.s.Profile.spread(s.calendar.place(last).hour), leads[i])
	l := law{known: true}
	q := [3]float32{-roughBand, 0, roughBand}
	if l.shape, l.shaped = blended(&s.s.Past[group(i)], v.at.hour/2, trust); l.shaped {
		q = [3]float32{
			float32(l.shape.quantile(lowerShare)), float32(l.shape.quantile(.5)), float32(l.shape.quantile(upperShare)),
		}
	}
	l.low, l.mid, l.height = float64(q[0]), float64(q[1]), float64(q[2])
	unit := float64(h.Error) * v.width(&x)
	up, down := h.spans(v, unit, &q)
	l.median = v.base + predict(&h.Blend.Now, &x) + unit*l.mid
	l.up, l.down = up.width(&h.Up), down.width(&h.Down)
	return l
}

// between returns the distributions at the leads around one, and the weight of the longer.
func (s *Series) between(lead int64) (short, long law, weight float64) {
	v := s.view(s.s.Last/second + lead)
	i := 0
	for i < farthest && (leads[i+1] <= lead || s.s.Horizons[i].Count < settled && leads[i] < lead) {
		i++
	}
	for i < farthest && s.s.Horizons[i].Count < settled && s.s.Horizons[i+1].Count >= settled {
		i++ // a series with longer steps is not measured at the shortest leads
	}
	short = s.at(i, &v)
	if i == farthest || lead <= leads[i] {
		if beyond := float64(lead - daySeconds); beyond > 0 {
			wider := 1 + growth*math.Sqrt(beyond/daySeconds)
			short.up, short.down = short.up*wider, short.down*wider
		}
		return short, short, 0
	}
	long = s.at(i+1, &v)
	return short, long, math.Log(float64(lead)/float64(leads[i])) / math.Log(float64(leads[i+1])/float64(leads[i]))
}

// Forecast returns the band for the time lead after the latest point, up to MaxLead. It is NaN while nothing is known, and
// wide until errors at that lead have been seen.
func (s *Series) Forecast(lead time.Duration) Band {
	if s.s.Points == 0 || lead <= 0 || lead > MaxLead {
		return unknown()
	}
	a, b, w := s.between(seconds(lead))
	if !a.known {
		return unknown()
	}
	a.towards(&b, w)
	return s.o.clampBand(Band{Low: a.median - a.down, Median: a.median, High: a.median + a.up})
}

// Exceed returns the probability that the series is above limit at lead after the latest point, NaN while unknown.
func (s *Series) Exceed(limit float64, lead time.Duration) float64 {
	if s.s.Points == 0 || lead <= 0 || lead > MaxLead || limit != limit {
		return math.NaN()
	}
	a, b, w := s.between(seconds(lead))
	switch {
	case !a.known:
		return math.NaN()
	case limit >= s.o.Ceiling:
		return 0
	case limit < s.o.Floor:
		return 1
	}
	limit += float64(s.s.Grain) / 2 // a series of whole numbers is above 20 from 21, and half of what lies between counts
	a.towards(&b, w)
	p := 1 - a.below(limit)
	if w > 0 && b.known {
		p += w * (1 - b.below(limit) - p)
	}
	return max(0, min(1, p))
}

func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// TimeTo returns the earliest lead up to within at which Exceed reaches p, to five minutes in the first hour and to a
// quarter of an hour after it, and whether there is one.
func (s *Series) TimeTo(limit, p float64, within time.Duration) (time.Duration, bool) {
	step := slotSeconds * time.Second
	for lead := step; lead <= min(within, MaxLead); lead += step {
		if s.Exceed(limit, lead) >= p {
			return lead, true
		}
		if lead == time.Hour {
			step *= 3
		}
	}
	return 0, false
}
