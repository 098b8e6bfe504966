package seasonalityprocessor

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/outlet"
)

// labelled is the option for one attribute, made once: options allocate.
func labelled(name, value string) metric.AddOption {
	return metric.WithAttributeSet(attribute.NewSet(attribute.String(name, value)))
}

var (
	outcomeLabels = func() (options [allOutcomes]metric.AddOption) {
		for o, name := range outcomeNames {
			options[o] = labelled("outcome", name)
		}
		return options
	}()
	deliveryLabels = map[string]metric.AddOption{
		outlet.Sent: labelled("delivery", outlet.Sent), outlet.Retried: labelled("delivery", outlet.Retried),
		outlet.Lost: labelled("delivery", outlet.Lost),
	}
	clampedLabel = labelled("reason", "clamped")
	untimedLabel = labelled("reason", "untimed")
	seriesTable  = labelled("table", "series")
	streamsTable = labelled("table", "streams")
	readLabel    = labelled("operation", "read")
	writeLabel   = labelled("operation", "write")
)

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
			c.tel.ProcessorSeasonalityPoints.Add(ctx, n, outcomeLabels[o])
		}
	}
	if n := b.times[eventtime.Clamped]; n > 0 {
		c.tel.ProcessorSeasonalityTimeCorrected.Add(ctx, n, clampedLabel)
	}
	if n := b.times[eventtime.Untimed]; n > 0 {
		c.tel.ProcessorSeasonalityTimeCorrected.Add(ctx, n, untimedLabel)
	}
}

// reportCounts adds what else happened. The lock is held.
func (c *core) reportCounts(ctx context.Context) {
	for _, count := range []struct {
		n   *int64
		add func(context.Context, int64, ...metric.AddOption)
		as  []metric.AddOption
	}{
		{&c.evictedSeries, c.tel.ProcessorSeasonalityEvicted.Add, []metric.AddOption{seriesTable}},
		{&c.evictedStreams, c.tel.ProcessorSeasonalityEvicted.Add, []metric.AddOption{streamsTable}},
		{&c.episodes, c.tel.ProcessorSeasonalityEpisodes.Add, nil},
		{&c.lost, c.tel.ProcessorSeasonalityDerived.Add, []metric.AddOption{deliveryLabels[outlet.Lost]}},
	} {
		if *count.n > 0 {
			count.add(ctx, *count.n, count.as...)
			*count.n = 0
		}
	}
}

func (c *core) reportDerived(n int, delivery string) {
	c.tel.ProcessorSeasonalityDerived.Add(context.Background(), int64(n), deliveryLabels[delivery])
}
