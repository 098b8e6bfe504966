package seasonal

import (
	"math"

	"github.com/braidotel/braid/internal/eventtime"
)

// sigmas is how many standard deviations of a normal distribution lie between its 5 % and 95 % quantiles.
const sigmas = 3.29

// Compare sets the value at that time beside those of the day and of the week before and the usual band. It knows the
// latest point, the last day to five minutes and the last weeks to the hour.
func (s *Series) Compare(at eventtime.Instant) Comparison {
	sec := int64(at) / second
	last := s.s.Last / second
	c := Comparison{Value: math.NaN(), Yesterday: math.NaN(), LastWeek: math.NaN(), Usual: s.Usual(at)}
	if s.s.Points == 0 {
		return c
	}
	if floorDiv(sec, slotSeconds) == s.s.Bin {
		c.Value = s.s.Value
	} else {
		c.Value = s.valueAt(sec, last)
	}
	c.Yesterday = s.valueAt(s.sameClock(sec, 1), last)
	c.LastWeek = s.valueAt(s.sameClock(sec, days), last)
	c.Deviation = c.Value - c.Usual.Median
	if width := c.Usual.High - c.Usual.Low; width > 0 {
		c.Sigmas = c.Deviation / (width / sigmas)
	} else {
		c.Sigmas = math.NaN()
	}
	c.Percent = math.NaN()
	if c.Usual.Median != 0 {
		c.Percent = 100 * c.Deviation / math.Abs(c.Usual.Median)
	}
	return c
}

// sameClock is the same time on the local clock some days before.
func (s *Series) sameClock(sec int64, before int64) int64 {
	s.calendar.place(sec)
	offset := s.calendar.offset
	then := sec - before*daySeconds
	s.calendar.place(then)
	return then + offset - s.calendar.offset
}

// valueAt is what the series was at a moment of the last weeks, NaN where that is not remembered.
func (s *Series) valueAt(sec, last int64) float64 {
	p := &s.s.Profile
	if sec < s.s.First || sec > last {
		return math.NaN()
	}
	resumed := s.s.Resumed > s.s.First && sec < s.s.Resumed
	at := s.calendar.place(sec)
	if bins := s.s.Bin - floorDiv(sec, slotSeconds); bins <= slots && !resumed {
		v := p.Scale.get(p.Yesterday[at.slot])
		if bins == slots {
			v = p.Scale.get(s.s.Open.Was)
		}
		if v == v {
			return v
		}
	}
	back := (s.s.Hour.ID - at.id - 1) / (days * hours) // how often that hour of the week has come since
	if at.id >= s.s.Hour.ID || back >= weeks || resumed {
		return math.NaN()
	}
	return p.Scale.get(p.Week[at.day][at.hour][back])
}
