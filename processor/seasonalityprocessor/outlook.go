package seasonalityprocessor

import (
	"slices"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

// report is what there is to say of a series at a time. It stays in this compact form until it is sent: each attempt to
// send needs telemetry of its own, since a consumer may change what it is given.
type report struct {
	origin *origin
	plan   *plan
	at     eventtime.Instant

	baseline   bool // say usual
	scored     bool // say score
	told       bool // say active
	active     bool
	valued     bool // say value
	value      float64
	score      float64
	usual      seasonal.Band
	comparison *seasonal.Comparison
	outlook    *outlook
}

// outlook is where a series is going.
type outlook struct {
	bands         []seasonal.Band // by horizon
	probabilities []float64       // by limit and horizon
	timesTo       []float64       // by limit, in seconds
}

// outlook asks the model what is due; nil if nothing is.
func (c *core) outlook(m model, p *plan, forecast, probability bool) *outlook {
	probability = probability && len(p.limits) > 0
	horizons := c.cfg.Emit.Horizons
	if len(horizons) == 0 || !forecast && !probability {
		return nil
	}
	var o outlook
	if forecast {
		for _, h := range horizons {
			o.bands = append(o.bands, m.Forecast(h))
		}
	}
	if probability {
		for i := range p.limits {
			l := &p.limits[i]
			for _, h := range horizons {
				o.probabilities = append(o.probabilities, l.exceed(m, h))
			}
			o.timesTo = append(o.timesTo, l.timeTo(m, horizons[len(horizons)-1]))
		}
	}
	return &o
}

// each calls one with every point.
func (o *outlook) each(
	horizons []time.Duration, limits []LimitConfig, unit string, one func(name, unit string, value float64, labels ...label),
) {
	for i, b := range o.bands {
		horizon := label{attrHorizon, eventtime.Text(horizons[i])}
		one(metricForecast, unit, b.Low, horizon, label{attrQuantile, "0.05"})
		one(metricForecast, unit, b.Median, horizon, label{attrQuantile, "0.5"})
		one(metricForecast, unit, b.High, horizon, label{attrQuantile, "0.95"})
	}
	for i, p := range o.probabilities {
		limit, horizon := limits[i/len(horizons)], horizons[i%len(horizons)]
		one(metricProbability, "{probability}", p, label{attrLimit, limit.Name}, label{attrHorizon, eventtime.Text(horizon)})
	}
	for i, t := range o.timesTo {
		one(metricTimeTo, "s", t, label{attrLimit, limits[i].Name})
	}
}

// points is how many of them are known.
func (o *outlook) points() int {
	n := known(o.probabilities...) + known(o.timesTo...)
	for _, b := range o.bands {
		n += known(b.Low, b.Median, b.High)
	}
	return n
}

// likely says whether a limit is more likely passed than not at some horizon.
func (o *outlook) likely() bool {
	return o != nil && slices.ContainsFunc(o.probabilities, func(p float64) bool { return p > 0.5 })
}
