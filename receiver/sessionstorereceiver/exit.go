package sessionstorereceiver

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/braidotel/braid/internal/outlet"
)

// exit is the way out through one pipeline.
type exit[D any] struct {
	core  *core
	send  func(context.Context, D) error
	begin func(context.Context) context.Context
	end   func(ctx context.Context, format string, n int, err error)
}

const (
	firstPause = 50 * time.Millisecond
	maxPause   = 5 * time.Second
)

// put sends data and tries again as long as the pipeline refuses it for now: what is read next waits meanwhile. The
// function make makes the data anew, for a consumer may change what it was given.
func (e *exit[D]) put(ctx context.Context, items int, build func() D) {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		op := e.begin(ctx)
		err := e.send(op, build())
		e.end(op, "braid", items, err)
		switch {
		case err == nil:
			e.core.count(items, outlet.Sent)
			return
		case consumererror.IsPermanent(err) || ctx.Err() != nil:
			e.core.count(items, outlet.Lost)
			return
		}
		e.core.count(items, outlet.Retried)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (c *core) count(items int, result string) {
	c.telemetry.ReceiverSessionStoreEvents.Add(context.Background(), int64(items),
		metric.WithAttributes(attribute.String("result", result)))
}
