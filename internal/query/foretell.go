package query

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
)

// ahead are the horizons of forecasts, the nearest first: the defaults of seasonality::emit::horizons.
var ahead = []time.Duration{time.Hour, 3 * time.Hour, 6 * time.Hour, 24 * time.Hour}

// foretell reads what seasonality says of the limit at the resource's host, unless that is passed. What it says is of a limit
// of the configuration: of one asked about, that which is named after it.
func (in *inquiry) foretell(ctx context.Context, r *resource) error {
	metric := ""
	for _, x := range resources {
		if x.id == r.id {
			metric = x.metric
		}
	}
	if !in.lore.metrics["braid_threshold_probability"] || in.q.Args.Multiplier > 0 || r.now >= r.limit {
		return nil
	}
	of := `{braid_metric=` + measure.Quote(metric) + `,host_name=` + measure.Quote(r.name)
	if in.q.Args.ThresholdPct > 0 {
		of += `,braid_limit=` + measure.Quote(limitName(in.q.Args.ThresholdPct))
	}
	where := of + `,braid_horizon=` + measure.Quote(horizonName(in.horizon())) + `}`
	result, err := in.metrics.Query(ctx, "max(braid_threshold_probability"+where+")", in.now)
	if err != nil {
		return err
	}
	if len(result.Series) > 0 {
		r.probability = 100 * last(result.Series[0].Points)
	}
	if result, err = in.metrics.Query(ctx, "min(braid_threshold_time_to_seconds"+of+"})", in.now); err != nil || len(result.Series) == 0 {
		return err
	}
	r.timeTo = time.Duration(last(result.Series[0].Points) * float64(time.Second))
	return nil
}

// limitName is what a limit in percent is called, as the default rules of seasonality call theirs.
func limitName(percent float64) string { return strconv.FormatFloat(percent, 'f', -1, 64) + " %" }

// horizon is the one of seasonality's horizons that the question's time needs, the farthest where it asks for more.
func (in *inquiry) horizon() time.Duration {
	h := ahead[len(ahead)-1]
	for _, d := range slices.Backward(ahead[:len(ahead)-1]) {
		if asked := in.q.Range.End.Sub(in.now); asked > 0 && asked <= d {
			h = d
		}
	}
	return h
}

// horizonName is what seasonality calls a horizon.
func horizonName(d time.Duration) string { return strconv.Itoa(int(d.Hours())) + "h" }

// drawForecast adds the quantiles that seasonality foretells, where it does.
func (in *inquiry) drawForecast(ctx context.Context, id string, c *answer.Chart) error {
	m, _ := measure.Find(id)
	s, ok := m.Pick(in.lore.has, in.cut())
	if !ok || s.Usual == "" || !in.lore.metrics["braid_forecast_ratio"] {
		return nil
	}
	query := "avg by (braid_quantile, braid_horizon) (" + forecastOf(s.Usual, in.cut(), s) + ")"
	result, err := in.metrics.Query(ctx, query, in.now)
	if err != nil || len(result.Series) == 0 {
		return err
	}
	n := len(c.Times)
	f := answer.Series{Name: in.phrase("capacity.forecast"), Style: "forecast", Values: make([]*float64, n), Low: make([]*float64, n), High: make([]*float64, n)}
	for _, d := range ahead {
		c.Times = append(c.Times, in.now.Add(d).Unix())
		c.Series[0].Values = append(c.Series[0].Values, nil)
		f.Values, f.Low, f.High = append(f.Values, nil), append(f.Low, nil), append(f.High, nil)
	}
	for _, series := range result.Series {
		i := slices.IndexFunc(ahead, func(d time.Duration) bool { return horizonName(d) == series.Labels["braid_horizon"] })
		v := last(series.Points)
		if i < 0 || math.IsNaN(v) {
			continue
		}
		quantile := series.Labels["braid_quantile"]
		if s.Complement {
			v = 1 - v
			quantile = map[string]string{"0.05": "0.95", "0.95": "0.05"}[quantile]
		}
		if s.Scale != 0 {
			v *= s.Scale
		}
		into := f.Values
		switch quantile {
		case "0.05":
			into = f.Low
		case "0.95":
			into = f.High
		}
		into[n+i] = &v
	}
	c.Series = append(c.Series, f)
	return nil
}

// forecastOf is the selector of the forecasts of the series that a baseline's selector names.
func forecastOf(usual string, c measure.Cut, s *measure.Source) string {
	band := *s
	band.Usual = "braid_forecast" + usual[len("braid_baseline"):]
	query, _ := band.Band(c)
	return query[len("avg by (braid_bound) (") : len(query)-1]
}
