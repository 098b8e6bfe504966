package seasonal

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

const hours = 168

// Series is the model of one series. It is not safe for concurrent use.
type Series struct {
	o *Options
	s state
}

type state struct {
	Last   int64
	Value  float64
	Count  uint32
	N      [hours]uint8
	Q      [3][hours]float32
	Recent [hours]float32
}

// New returns a model that has seen nothing.
func New(o *Options) *Series {
	s := &Series{o: o}
	for i := range s.s.Recent {
		s.s.Recent[i] = float32(math.NaN())
	}
	return s
}

// Observe judges one point and learns from it.
func (s *Series) Observe(at eventtime.Instant, v float64) Verdict {
	if math.IsNaN(v) || math.IsInf(v, 0) || at <= 0 {
		return Verdict{Outcome: Invalid}
	}
	if int64(at) == s.s.Last {
		return Verdict{Outcome: Duplicate}
	}
	if int64(at) < s.s.Last {
		return Verdict{Outcome: Late}
	}
	usual := s.Usual(at)
	h := s.hour(at)
	n := min(s.s.N[h]+1, 50)
	if n == 1 {
		for q := range s.s.Q {
			s.s.Q[q][h] = float32(v)
		}
	}
	for q, p := range [3]float64{.05, .5, .95} {
		step := math.Max(float64(s.s.Q[2][h]-s.s.Q[0][h]), math.Abs(v-float64(s.s.Q[1][h]))) / float64(n)
		if v > float64(s.s.Q[q][h]) {
			s.s.Q[q][h] += float32(step * p)
		} else {
			s.s.Q[q][h] -= float32(step * (1 - p))
		}
	}
	s.s.N[h], s.s.Recent[h], s.s.Last, s.s.Value = n, float32(v), int64(at), v
	s.s.Count++
	var score float64
	if usual.Known() && usual.High > usual.Low {
		z := math.Abs(v-usual.Median) / (usual.High - usual.Low)
		score = z / (z + 3)
	}
	hit := score >= s.threshold()
	return Verdict{Outcome: Learnt, Score: score, Alarm: hit, Active: hit, Usual: usual}
}

func (s *Series) threshold() float64 {
	if s.o.Threshold > 0 {
		return s.o.Threshold
	}
	return .5
}

func (s *Series) hour(at eventtime.Instant) int {
	t := at.Time()
	if s.o.Location != nil {
		t = t.In(s.o.Location)
	}
	return int(t.Weekday())*24 + t.Hour()
}

// Usual returns what the series usually is at that time of the week.
func (s *Series) Usual(at eventtime.Instant) Band {
	h := s.hour(at)
	for range 7 {
		if s.s.N[h] > 3 {
			b := Band{float64(s.s.Q[0][h]), float64(s.s.Q[1][h]), float64(s.s.Q[2][h])}
			return s.o.clampBand(Band{min(b.Low, b.Median), b.Median, max(b.High, b.Median)})
		}
		h = (h + 24) % hours
	}
	return unknown()
}

// Forecast returns the band for the time lead after the latest point.
func (s *Series) Forecast(lead time.Duration) Band {
	return s.Usual(eventtime.Instant(s.s.Last).Add(lead))
}

// Exceed returns the probability that the series is above limit at lead after the latest point, NaN while unknown.
func (s *Series) Exceed(limit float64, lead time.Duration) float64 {
	b := s.Forecast(lead)
	if !b.Known() {
		return math.NaN()
	}
	w := math.Max((b.High-b.Low)/3.29, 1e-9*math.Abs(b.Median))
	if w == 0 {
		w = 1e-9
	}
	return math.Erfc((limit-b.Median)/w/math.Sqrt2) / 2
}

// TimeTo returns the earliest lead up to within at which Exceed reaches p, and whether there is one.
func (s *Series) TimeTo(limit, p float64, within time.Duration) (time.Duration, bool) {
	for lead := 5 * time.Minute; lead <= within; lead += 5 * time.Minute {
		if s.Exceed(limit, lead) >= p {
			return lead, true
		}
	}
	return 0, false
}

// Compare sets the value at that time beside the day before, the week before and the usual band.
func (s *Series) Compare(at eventtime.Instant) Comparison {
	c := Comparison{Value: math.NaN(), Yesterday: math.NaN(), LastWeek: math.NaN(), Usual: s.Usual(at)}
	if int64(at) == s.s.Last {
		c.Value = s.s.Value
	}
	c.Yesterday = float64(s.s.Recent[s.hour(at.Add(-24*time.Hour))])
	c.LastWeek = float64(s.s.Recent[(s.hour(at)+1)%hours])
	c.Deviation = c.Value - c.Usual.Median
	c.Sigmas = c.Deviation / ((c.Usual.High - c.Usual.Low) / 3.29)
	c.Percent = 100 * c.Deviation / math.Abs(c.Usual.Median)
	return c
}

const version = 0

// AppendBinary appends the state of the series, for Decode.
func (s *Series) AppendBinary(b []byte) ([]byte, error) {
	return binary.Append(append(b, version), binary.LittleEndian, &s.s)
}

// Decode restores a series from what AppendBinary wrote.
func Decode(o *Options, b []byte) (*Series, error) {
	s := New(o)
	if len(b) != 1+binary.Size(&s.s) || b[0] != version {
		return nil, errors.New("seasonal: not a series of this version")
	}
	if _, err := binary.Decode(b[1:], binary.LittleEndian, &s.s); err != nil {
		return nil, err
	}
	return s, nil
}
