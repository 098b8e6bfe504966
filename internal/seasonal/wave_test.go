package seasonal_test

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

const step = 5 * time.Minute

// monday is midnight in UTC.
var monday = eventtime.Of(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))

// wave is a load between 50 and 150 with its peak at six in the evening, a tenth of it at the weekend, and noise of 2.
type wave struct {
	rng    *rand.Rand
	weekly bool
}

func newWave(weekly bool) *wave { return &wave{rng: rand.New(rand.NewPCG(1, 2)), weekly: weekly} }

func (w *wave) mean(at time.Time) float64 {
	v := 100 - 50*math.Sin((float64(at.Hour())+float64(at.Minute())/60)*math.Pi/12)
	if day := at.Weekday(); w.weekly && (day == time.Saturday || day == time.Sunday) {
		v /= 10
	}
	return v
}

func (w *wave) at(at time.Time) float64 { return w.mean(at) + 2*w.rng.NormFloat64() }

// feed observes a span of a series, at the times of a zone, and counts what the model said.
func feed(s *seasonal.Series, from eventtime.Instant, span time.Duration, zone *time.Location, value func(time.Time) float64) (outside int) {
	for at := from; at < from.Add(span); at = at.Add(step) {
		v := value(at.Time().In(zone))
		if b := s.Observe(at, v).Usual; b.Known() && (v < b.Low || v > b.High) {
			outside++
		}
	}
	return outside
}

const aDay = 24 * time.Hour
