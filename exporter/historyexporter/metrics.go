package historyexporter

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/history"
)

// metrics writes metrics.
type metrics struct {
	*sink
	versions *versions
}

func newMetrics(s *sink) *metrics { return &metrics{sink: s, versions: newVersions()} }

func (m *metrics) start(ctx context.Context, host component.Host) error {
	if err := m.sink.start(ctx, host); err != nil {
		return err
	}
	if m.series == nil {
		return fmt.Errorf("the extension %q only reads metrics: take %q out of the metrics pipelines and send metrics to that "+
			"server with prometheusremotewrite", m.cfg.History, m.set.ID)
	}
	return nil
}

func (m *metrics) push(ctx context.Context, md pmetric.Metrics) error {
	var b history.Batch
	for _, rm := range md.ResourceMetrics().All() {
		m.versions.see(&b, rm.Resource(), earliest(rm))
	}
	if err := m.versions.settle(m.write(ctx, &b)); err != nil {
		return err
	}
	if err := m.measure(ctx, md, time.Now()); err != nil {
		return err
	}
	m.arrive(arrivedPoints(md))
	return nil
}

// earliest is the time of a resource's first number; metrics of one export bear nearly the same.
func earliest(rm pmetric.ResourceMetrics) time.Time {
	for _, sm := range rm.ScopeMetrics().All() {
		for _, m := range sm.Metrics().All() {
			var points pmetric.NumberDataPointSlice
			switch m.Type() {
			case pmetric.MetricTypeGauge:
				points = m.Gauge().DataPoints()
			case pmetric.MetricTypeSum:
				points = m.Sum().DataPoints()
			default:
				continue
			}
			if points.Len() > 0 {
				return points.At(0).Timestamp().AsTime()
			}
		}
	}
	return time.Time{}
}
