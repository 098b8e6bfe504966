package outlet

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
)

// The pause before a parcel is sent again doubles from FirstRetry up to LastRetry.
const (
	FirstRetry = 50 * time.Millisecond
	LastRetry  = 5 * time.Second
)

// maxJoined is the most parcels sent in one call.
const maxJoined = 512

// sendNext sends what is first in the queue and reports whether there may be more to send.
func (o *Outlet[T]) sendNext(ctx context.Context) bool {
	n := 1
	if o.options.Join != nil {
		n = maxJoined
	}
	o.mu.Lock()
	parcels := o.take(min(n, len(o.queue)))
	o.sending = len(parcels) > 0
	o.mu.Unlock()
	if len(parcels) == 0 {
		return false
	}
	defer o.sent()
	items := count(parcels)
	result, ok := o.deliver(ctx, o.join(parcels), items)
	if !ok { // stopped: it is Flush's to send
		o.mu.Lock()
		o.queue = append(parcels, o.queue...)
		o.items += items
		o.mu.Unlock()
		return false
	}
	for _, p := range parcels {
		p.settle()
	}
	o.options.Report(items, result)
	return true
}

func (o *Outlet[T]) join(parcels []Parcel[T]) T {
	if len(parcels) == 1 {
		return parcels[0].Data
	}
	data := make([]T, len(parcels))
	for i, p := range parcels {
		data[i] = p.Data
	}
	return o.options.Join(data)
}

// deliver sends data, again and again while the error is one that may pass; false means it was given up unsent.
func (o *Outlet[T]) deliver(ctx context.Context, data T, items int) (result string, ok bool) {
	within := context.WithValue(context.WithoutCancel(ctx), o, true)
	for pause := FirstRetry; ; pause = min(2*pause, LastRetry) {
		err := o.options.Send(within, data)
		switch {
		case err == nil:
			return Sent, true
		case consumererror.IsPermanent(err):
			return Lost, true
		}
		o.options.Report(items, Retried)
		select {
		case <-ctx.Done():
			return "", false
		case <-time.After(pause):
		}
	}
}
