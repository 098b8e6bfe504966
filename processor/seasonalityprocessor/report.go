package seasonalityprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/outlet"
)

// labels are the options of the core's own telemetry, made once: options allocate. All name the component, of which there
// may be several.
type labels struct {
	itself           metric.MeasurementOption
	outcomes         [allOutcomes]metric.MeasurementOption
	deliveries       map[string]metric.MeasurementOption
	clamped, untimed metric.MeasurementOption
	series, streams  metric.MeasurementOption
	read, write      metric.MeasurementOption
}

func newLabels(id component.ID) *labels {
	itself := attribute.Stringer("processor", id)
	with := func(name, value string) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(itself, attribute.String(name, value)))
	}
	l := &labels{
		itself:     metric.WithAttributeSet(attribute.NewSet(itself)),
		deliveries: map[string]metric.MeasurementOption{},
		clamped:    with("reason", "clamped"), untimed: with("reason", "untimed"),
		series: with("table", "series"), streams: with("table", "streams"),
		read: with("operation", "read"), write: with("operation", "write"),
	}
	for o, name := range outcomeNames {
		l.outcomes[o] = with("outcome", name)
	}
	for _, delivery := range []string{outlet.Sent, outlet.Retried, outlet.Lost} {
		l.deliveries[delivery] = with("delivery", delivery)
	}
	return l
}

// points is how many points the reports make.
func (*core) points(reports []report) int {
	n := 0
	for i := range reports {
		n += reports[i].points()
	}
	return n
}

// reportBatch adds a batch to the core's own telemetry. The lock is held.
func (c *core) reportBatch(ctx context.Context, b *batch) {
	for o, n := range b.outcomes {
		if n > 0 {
			c.tel.ProcessorSeasonalityPoints.Add(ctx, n, c.labels.outcomes[o])
		}
	}
	if n := b.times[eventtime.Clamped]; n > 0 {
		c.tel.ProcessorSeasonalityTimeCorrected.Add(ctx, n, c.labels.clamped)
	}
	if n := b.times[eventtime.Untimed]; n > 0 {
		c.tel.ProcessorSeasonalityTimeCorrected.Add(ctx, n, c.labels.untimed)
	}
}

// reportCounts adds what else happened. The lock is held.
func (c *core) reportCounts(ctx context.Context) {
	for _, count := range []struct {
		n   *int64
		add func(context.Context, int64, ...metric.AddOption)
		as  metric.MeasurementOption
	}{
		{&c.evictedSeries, c.tel.ProcessorSeasonalityEvicted.Add, c.labels.series},
		{&c.evictedStreams, c.tel.ProcessorSeasonalityEvicted.Add, c.labels.streams},
		{&c.episodes, c.tel.ProcessorSeasonalityEpisodes.Add, c.labels.itself},
		{&c.lost, c.tel.ProcessorSeasonalityDerived.Add, c.labels.deliveries[outlet.Lost]},
	} {
		if *count.n > 0 {
			count.add(ctx, *count.n, count.as)
			*count.n = 0
		}
	}
}

func (c *core) reportDerived(n int, delivery string) {
	c.tel.ProcessorSeasonalityDerived.Add(context.Background(), int64(n), c.labels.deliveries[delivery])
}
