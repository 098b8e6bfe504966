package concurrencyprocessor

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/braidotel/braid/internal/eventtime"
)

// labels returns the option for one attribute, made once: options allocate.
func labels(name string, values ...string) map[string]metric.AddOption {
	options := make(map[string]metric.AddOption, len(values))
	for _, v := range values {
		options[v] = metric.WithAttributeSet(attribute.NewSet(attribute.String(name, v)))
	}
	return options
}

var (
	arrivalLabels    = labels("arrival", arrivalOf[:]...)
	lostObservations = arrivalLabels["lost"]
	reasonLabels     = labels("reason", "late", "clamped", "untimed")
	reasonOf         = [4]string{eventtime.Late: "late", eventtime.Clamped: "clamped", eventtime.Untimed: "untimed"}
	resultLabels     = labels("result", resultMerged, resultLate, resultLost, resultAhead, "too_large", "malformed", "version",
		"precision", "key", "forged", "implausible", resultMisaligned, resultLimit, resultUnfollowed)
	keysTable  = labels("table", "keys")["keys"]
	tenantsRow = labels("table", "tenants")["tenants"]
	bucketsRow = labels("table", "buckets")["buckets"]
	framesRow  = labels("table", "frames")["frames"]
)

// report adds a batch to the core's own telemetry. The lock is held.
func (c *core) report(ctx context.Context, b *batch) {
	for arrival, n := range b.arrivals {
		if n > 0 {
			c.tel.ProcessorConcurrencyObservations.Add(ctx, n, arrivalLabels[arrivalOf[arrival]])
			c.unflushed += n
		}
	}
	for verdict, n := range b.times {
		if n > 0 && reasonOf[verdict] != "" {
			c.tel.ProcessorConcurrencyTimeCorrected.Add(ctx, n, reasonLabels[reasonOf[verdict]])
		}
	}
	for result, n := range b.received {
		c.tel.ProcessorConcurrencySketchesReceived.Add(ctx, n, resultLabels[result])
	}
	for result, n := range b.reported {
		c.tel.ProcessorConcurrencyReportsReceived.Add(ctx, n, resultLabels[result])
	}
	if n := b.arrivals[tenantLimit]; n > 0 {
		c.tel.ProcessorConcurrencyEvicted.Add(ctx, n, tenantsRow)
	}
	var evicted, buckets, frames uint64
	for _, t := range b.touched {
		evicted += t.counter.TakeEvicted()
		buckets += t.counter.TakeLetGo()
		if t.edges != nil {
			frames += t.edges.TakeLost()
		}
	}
	for _, full := range []struct {
		row metric.AddOption
		n   uint64
	}{{keysTable, evicted}, {bucketsRow, buckets}, {framesRow, frames}} {
		if full.n > 0 {
			c.tel.ProcessorConcurrencyEvicted.Add(ctx, int64(full.n), full.row)
		}
	}
}

func (c *core) reportGauges(n int, delivery string) { c.reportDerived("gauge", n, delivery) }

func (c *core) reportSketches(n int, delivery string) { c.reportDerived("sketch", n, delivery) }

func (c *core) reportDerived(output string, n int, delivery string) {
	c.tel.ProcessorConcurrencyDerived.Add(context.Background(), int64(n), metric.WithAttributeSet(
		attribute.NewSet(attribute.String("output", output), attribute.String("delivery", delivery))))
}
