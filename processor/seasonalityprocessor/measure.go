package seasonalityprocessor

import (
	"slices"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// metricType is what matters of a metric's type.
type metricType uint8

const (
	typeGauge metricType = iota
	typeLevel            // a sum that goes up and down
	typeCounter
	typeHistogram
	typeExponential
	typeSummary
	allTypes
)

// typeOf returns the type; allTypes for a metric without one.
func typeOf(m pmetric.Metric) metricType {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return typeGauge
	case pmetric.MetricTypeSum:
		if m.Sum().IsMonotonic() {
			return typeCounter
		}
		return typeLevel
	case pmetric.MetricTypeHistogram:
		return typeHistogram
	case pmetric.MetricTypeExponentialHistogram:
		return typeExponential
	case pmetric.MetricTypeSummary:
		return typeSummary
	case pmetric.MetricTypeEmpty:
	}
	return allTypes
}

// kind is how a value comes of the points of an interval.
type kind uint8

const (
	kindValue      kind = iota // mean of a gauge, sum of levels
	kindRate                   // increase per second
	kindQuantile               // of what was observed in the interval
	kindErrorRatio             // share of errors among what was counted in the interval
)

// measure is one value that is learnt of a metric.
type measure struct {
	kind     kind
	quantile float64
	name     string // as in the attribute braid.value
}

// kindsOf are the kinds of each type.
var kindsOf = [allTypes + 1][]kind{
	typeGauge:       {kindValue},
	typeLevel:       {kindValue},
	typeCounter:     {kindRate, kindErrorRatio},
	typeHistogram:   {kindQuantile, kindRate, kindErrorRatio},
	typeExponential: {kindQuantile, kindRate, kindErrorRatio},
	typeSummary:     {kindQuantile, kindRate, kindErrorRatio},
	allTypes:        {kindValue, kindQuantile, kindRate, kindErrorRatio},
}

var kindNames = [...]string{kindValue: ofValue, kindRate: ofRate, kindQuantile: ofQuantiles, kindErrorRatio: ofErrorRatio}

var defaultQuantiles = []float64{0.5, 0.95, 0.99}

// measures are what is learnt of metrics of that type; of any type for allTypes.
func (r *RuleConfig) measures(t metricType) []measure {
	var out []measure
	for _, k := range kindsOf[t] {
		wanted := len(r.Values) == 0 || slices.Contains(r.Values, kindNames[k])
		switch {
		case !wanted || k == kindErrorRatio && len(r.Errors) == 0:
		case k == kindQuantile:
			quantiles := r.Quantiles
			if len(quantiles) == 0 {
				quantiles = defaultQuantiles
			}
			for _, q := range quantiles {
				out = append(out, measure{kind: k, quantile: q, name: quantileName(q)})
			}
		default:
			out = append(out, measure{kind: k, name: kindNames[k]})
		}
	}
	return out
}

// quantileName is p95 for 0.95.
func quantileName(q float64) string {
	return "p" + strconv.FormatFloat(100*q, 'g', 6, 64)
}

// unit is that of the measure of a metric with that unit.
func (m *measure) unit(t metricType, unit string) string {
	switch {
	case m.kind == kindErrorRatio:
		return "1"
	case m.kind == kindRate && t != typeCounter:
		return "{observation}/s"
	case m.kind == kindRate && unit == "":
		return "1/s"
	case m.kind == kindRate:
		return unit + "/s"
	}
	return unit
}
