package seasonalityprocessor

import (
	"math"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

// model is what the component asks of a seasonal.Series. Tests put one in its place whose answers can be told beforehand.
type model interface {
	Observe(at eventtime.Instant, v float64) seasonal.Verdict
	Forecast(lead time.Duration) seasonal.Band
	Exceed(limit float64, lead time.Duration) float64
	TimeTo(limit, p float64, within time.Duration) (time.Duration, bool)
	Compare(at eventtime.Instant) seasonal.Comparison
	AppendBinary(b []byte) ([]byte, error)
}

// models makes models, new and stored ones.
type models struct {
	create func(*seasonal.Options) model
	decode func(*seasonal.Options, []byte) (model, error)
}

var seasonalModels = models{
	create: func(o *seasonal.Options) model { return seasonal.New(o) },
	decode: func(o *seasonal.Options, b []byte) (model, error) {
		s, err := seasonal.Decode(o, b)
		if err != nil {
			return nil, err
		}
		return s, nil
	},
}

// exceed is the probability that the series is beyond the limit at lead; NaN while unknown.
func (l *LimitConfig) exceed(m model, lead time.Duration) float64 {
	p := m.Exceed(l.Value, lead)
	if l.Below {
		return 1 - p
	}
	return p
}

// searchStep is how finely the time to a lower limit is searched for.
const searchStep = 15 * time.Minute

// timeTo is how long until the limit is more likely passed than not, in seconds; NaN if not within.
func (l *LimitConfig) timeTo(m model, within time.Duration) float64 {
	if !l.Below {
		if d, ok := m.TimeTo(l.Value, 0.5, within); ok {
			return d.Seconds()
		}
		return math.NaN()
	}
	for lead := searchStep; lead <= within; lead += searchStep {
		if l.exceed(m, lead) >= 0.5 {
			return lead.Seconds()
		}
	}
	return math.NaN()
}
