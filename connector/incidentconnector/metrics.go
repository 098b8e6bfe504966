package incidentconnector

import (
	"context"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/change/symptom"
	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/rca"
)

// metrics is the core's node behind a metrics pipeline.
type metrics struct{ *node }

// seasonal are the metrics in which seasonality speaks.
var seasonal = []string{
	"braid.anomaly.score", "braid.anomaly.active", "braid.baseline", "braid.comparison", "braid.threshold.probability",
}

// ConsumeMetrics takes points in.
func (n metrics) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	if err := n.Ready(); err != nil {
		return err
	}
	return n.Core.observe(ctx, func(b *batch) {
		var said []saying
		for _, rm := range md.ResourceMetrics().All() {
			o := b.enter(rm.Resource())
			if o.tenant == nil {
				continue
			}
			for _, sm := range rm.ScopeMetrics().All() {
				for _, m := range sm.Metrics().All() {
					switch {
					case slices.Contains(seasonal, m.Name()):
						said = b.seasonal(said, &o, m)
					case !strings.HasPrefix(m.Name(), "braid."):
						b.metric(&o, m)
					}
				}
			}
		}
		b.hear(said)
	})
}

// metric takes the points of one metric in: gauges as they are, counters as rates, histograms as means.
func (b *batch) metric(o *origin, m pmetric.Metric) {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		for _, p := range m.Gauge().DataPoints().All() {
			b.point(o, m.Name(), p.Attributes(), p.Timestamp(), pointValue(p))
		}
	case pmetric.MetricTypeSum:
		sum := m.Sum()
		for _, p := range sum.DataPoints().All() {
			v := pointValue(p)
			switch {
			case !sum.IsMonotonic():
				b.point(o, m.Name(), p.Attributes(), p.Timestamp(), v)
			case sum.AggregationTemporality() == pmetric.AggregationTemporalityDelta:
				if p.Timestamp() > p.StartTimestamp() && p.StartTimestamp() > 0 {
					b.point(o, m.Name(), p.Attributes(), p.Timestamp(), v/p.Timestamp().AsTime().Sub(p.StartTimestamp().AsTime()).Seconds())
				}
			default:
				b.counter(o, m.Name(), p.Attributes(), p.Timestamp(), v)
			}
		}
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			if p.HasSum() && p.Count() > 0 {
				b.point(o, m.Name(), p.Attributes(), p.Timestamp(), p.Sum()/float64(p.Count()))
			}
		}
	case pmetric.MetricTypeEmpty, pmetric.MetricTypeExponentialHistogram, pmetric.MetricTypeSummary: // tell too little
	}
}

func (b *batch) point(o *origin, name string, attrs pcommon.Map, stamp pcommon.Timestamp, v float64) {
	b.items[itemPoint]++
	p := rca.Point{
		Time: b.at(o.tenant, stamp), Service: o.service, Pod: o.pod, Host: o.host, Metric: name, Series: seriesText(attrs), Value: v,
	}
	o.tenant.engine.ObservePoint(p)
	o.tenant.feed.Point(symptom.Point{Time: p.Time, Service: p.Service, Metric: name, Series: p.Series + "\x00" + p.Pod, Value: v})
}

// counter turns a running total into a rate per second.
func (b *batch) counter(o *origin, name string, attrs pcommon.Map, stamp pcommon.Timestamp, v float64) {
	at := int64(stamp)
	key := strings.Join([]string{o.service, o.pod, o.host, name, seriesText(attrs)}, "\x00")
	was, ok := o.tenant.totals.Get(key)
	if ok && at <= was.at {
		return
	}
	o.tenant.totals.Add(key, total{at, v})
	if ok && v >= was.value {
		b.point(o, name, attrs, stamp, (v-was.value)/(float64(at-was.at)/1e9))
	}
}

// maxAttributes is how many attributes of a point tell its series.
const maxAttributes = 32

// seriesText names a series by its attributes, in one order.
func seriesText(attrs pcommon.Map) string {
	if attrs.Len() == 0 {
		return ""
	}
	parts := make([]string, 0, min(attrs.Len(), maxAttributes))
	for k, v := range attrs.All() {
		if len(parts) < maxAttributes {
			parts = append(parts, k+"="+text(v))
		}
	}
	slices.Sort(parts)
	return cut(strings.Join(parts, ","))
}

func pointValue(p pmetric.NumberDataPoint) float64 {
	if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return float64(p.IntValue())
	}
	return p.DoubleValue()
}

// saying is one point of seasonality.
type saying struct {
	tenant         *tenant
	name           string
	series         incident.Series
	which, horizon string
	unit           string
	at             eventtime.Instant
	value          float64
}

// seasonal gathers what seasonality says of series.
func (b *batch) seasonal(said []saying, o *origin, m pmetric.Metric) []saying {
	if m.Type() != pmetric.MetricTypeGauge {
		return said
	}
	for _, p := range m.Gauge().DataPoints().All() {
		b.items[itemPoint]++
		s := saying{tenant: o.tenant, name: m.Name(), unit: cut(m.Unit()), value: pointValue(p), at: eventtime.Of(b.at(o.tenant, p.Timestamp()))}
		s.series = incident.Series{Service: o.service, Host: o.host, Region: o.region}
		own := make([]string, 0, p.Attributes().Len())
		for k, v := range p.Attributes().All() {
			switch k {
			case "braid.metric":
				s.series.Metric = text(v)
			case "braid.value":
				s.series.Value = text(v)
			case "braid.bound", "braid.reference", "braid.limit":
				s.which = text(v)
			case "braid.horizon":
				s.horizon = text(v)
			default:
				own = append(own, k+"="+text(v))
				switch k {
				case "service.name":
					s.series.Service = text(v)
				case "host.name":
					s.series.Host = text(v)
				case "braid.region":
					s.series.Region = text(v)
				}
			}
		}
		slices.Sort(own)
		s.series.Key = strings.Join(append(own, o.service, o.pod, o.host, o.region, s.series.Metric, s.series.Value), "\x00")
		said = append(said, s)
	}
	return said
}

// hear passes what seasonality said on in order. An episode that begins is told with the band that comes in the same batch.
func (b *batch) hear(said []saying) {
	for i := range said {
		if s := &said[i]; s.name == "braid.anomaly.active" && s.value > 0 || s.name == "braid.threshold.probability" && s.value >= incident.Likely {
			s.tenant.watch.Expect(s.series, s.at.Time())
		}
	}
	for i := range said {
		s := &said[i]
		w := s.tenant.watch
		switch s.name {
		case "braid.anomaly.score":
			w.Score(s.series, s.at.Time(), s.value)
		case "braid.baseline", "braid.comparison":
			w.Context(s.series, s.which, s.unit, s.value)
		}
	}
	for i := range said {
		s := &said[i]
		w, t := s.tenant.watch, s.tenant
		var notices []incident.Notice
		switch s.name {
		case "braid.anomaly.active":
			notices = w.Active(s.series, s.at.Time(), s.value > 0)
		case "braid.threshold.probability":
			notices = w.Probability(s.series, s.which, s.horizon, s.at.Time(), s.value)
		}
		for _, n := range notices {
			t.notices = append(t.notices, event{tenant: t.name, notice: &n})
			if n.Opened {
				b.ofNotice(t, &n)
			}
		}
	}
}

// ofNotice makes an alert of a notice: an episode may be a sign of an incident.
func (b *batch) ofNotice(t *tenant, n *incident.Notice) {
	scope, _ := t.scopes.Peek(n.Series.Service)
	b.alert(t, incident.Alert{
		ID: n.ID, Time: n.At, Tenant: t.name, Scope: scope, Service: n.Series.Service, Host: n.Series.Host,
		Source: "seasonality", Name: n.Series.Metric + " " + n.Series.Value,
	})
}
