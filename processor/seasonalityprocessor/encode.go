package seasonalityprocessor

import (
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/metadata"
)

// Names of what leaves; design.md section 4.
const (
	metricBaseline    = "braid.baseline"
	metricScore       = "braid.anomaly.score"
	metricActive      = "braid.anomaly.active"
	metricForecast    = "braid.forecast"
	metricProbability = "braid.threshold.probability"
	metricTimeTo      = "braid.threshold.time_to"
	metricComparison  = "braid.comparison"

	attrMetric    = "braid.metric"
	attrValue     = "braid.value"
	attrBound     = "braid.bound"
	attrHorizon   = "braid.horizon"
	attrQuantile  = "braid.quantile"
	attrLimit     = "braid.limit"
	attrReference = "braid.reference"

	// attrMark is set on data points that pass, where a rule asks for it.
	attrMark = "braid.anomaly"
)

var descriptions = map[string]string{
	metricBaseline:    "What the series usually is at this time of the week: its median and the band that holds nine of ten values.",
	metricScore:       "How surprising the value is in the series' own past, 0 to 1.",
	metricActive:      "1 while an episode of unusual values lasts, 0 once at its end.",
	metricForecast:    "Quantiles of what the series will be at that horizon.",
	metricProbability: "Probability that the series is beyond the limit at that horizon.",
	metricTimeTo:      "Time until the series is more likely beyond the limit than not.",
	metricComparison:  "What the series was at the same local time of another day, and in an episode what it is now.",
}

// isOwn reports whether a metric is one of those above, whatever scope it came in.
func isOwn(name string) bool {
	_, own := descriptions[name]
	return own && !learnsItself
}

// encoder gathers points under their resources and metrics.
type encoder struct {
	md        pmetric.Metrics
	resources map[uint64]*resourceMetrics
}

type resourceMetrics struct {
	metrics pmetric.MetricSlice
	points  map[named]pmetric.NumberDataPointSlice
}

// named is a metric; series of several units share a name.
type named struct{ name, unit string }

// toMetrics encodes reports.
func (c *core) toMetrics(reports []report) pmetric.Metrics {
	e := encoder{md: pmetric.NewMetrics(), resources: map[uint64]*resourceMetrics{}}
	for i := range reports {
		reports[i].each(c.cfg.Emit.Horizons, e.add)
	}
	return e.md
}

// add appends a point.
func (e *encoder) add(r *report, d derived) {
	rm := e.resources[r.origin.resource.hash]
	if rm == nil {
		out := e.md.ResourceMetrics().AppendEmpty()
		r.origin.resource.attrs.CopyTo(out.Resource().Attributes())
		sm := out.ScopeMetrics().AppendEmpty()
		sm.Scope().SetName(metadata.ScopeName)
		rm = &resourceMetrics{metrics: sm.Metrics(), points: map[named]pmetric.NumberDataPointSlice{}}
		e.resources[r.origin.resource.hash] = rm
	}
	points, ok := rm.points[named{d.name, d.unit}]
	if !ok {
		m := rm.metrics.AppendEmpty()
		m.SetName(d.name)
		m.SetUnit(d.unit)
		m.SetDescription(descriptions[d.name])
		points = m.SetEmptyGauge().DataPoints()
		rm.points[named{d.name, d.unit}] = points
	}
	p := points.AppendEmpty()
	p.SetTimestamp(pcommon.Timestamp(r.at))
	attrs := p.Attributes()
	attrs.EnsureCapacity(r.origin.attrs.Len() + 4)
	for key, v := range r.origin.attrs.All() {
		v.CopyTo(attrs.PutEmpty(key))
	}
	attrs.PutStr(attrMetric, r.origin.metric)
	attrs.PutStr(attrValue, r.plan.name)
	for _, l := range d.labels {
		if l.name != "" {
			attrs.PutStr(l.name, l.value)
		}
	}
	if d.name == metricActive {
		p.SetIntValue(int64(d.value))
		return
	}
	p.SetDoubleValue(d.value)
}

// derived is one point of a report.
type derived struct {
	name, unit string
	value      float64
	labels     [2]label
}

type label struct{ name, value string }

// each calls f with every point of the report.
func (r *report) each(horizons []time.Duration, f func(*report, derived)) {
	unit := r.plan.unit(r.origin.typ, r.origin.unit)
	one := func(name, unit string, value float64, labels ...label) {
		if finite(value) {
			d := derived{name: name, unit: unit, value: value}
			copy(d.labels[:], labels)
			f(r, d)
		}
	}
	if r.baseline {
		one(metricBaseline, unit, r.usual.Low, label{attrBound, "lower"})
		one(metricBaseline, unit, r.usual.Median, label{attrBound, "median"})
		one(metricBaseline, unit, r.usual.High, label{attrBound, "upper"})
	}
	if r.scored {
		one(metricScore, "{score}", r.score)
	}
	if r.told {
		value := 0.0
		if r.active {
			value = 1
		}
		one(metricActive, "{episode}", value)
	}
	if r.valued {
		one(metricComparison, unit, r.value, label{attrReference, "now"})
	}
	if r.comparison != nil {
		one(metricComparison, unit, r.comparison.Yesterday, label{attrReference, "day"})
		one(metricComparison, unit, r.comparison.LastWeek, label{attrReference, "week"})
	}
	if r.outlook != nil {
		r.outlook.each(horizons, r.plan.limits, unit, one)
	}
}

// points is how many points the report makes.
func (r *report) points() int {
	n := 0
	for _, is := range []struct {
		said   bool
		points int
	}{{r.baseline, 3}, {r.scored, 1}, {r.told, 1}, {r.valued, 1}} {
		if is.said {
			n += is.points
		}
	}
	if r.comparison != nil {
		n += known(r.comparison.Yesterday, r.comparison.LastWeek)
	}
	if r.outlook != nil {
		n += r.outlook.points()
	}
	return n
}

func known(values ...float64) int {
	n := 0
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}
