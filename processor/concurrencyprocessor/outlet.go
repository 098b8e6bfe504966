package concurrencyprocessor

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
)

const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = 5 * time.Second
	lastChance = 5 * time.Second // for what is sent at shutdown
)

// Results of a delivery.
const (
	sent    = "sent"
	retried = "retried"
	lost    = "lost"
)

// parcel is a batch of derived telemetry that one node owes to its next consumer.
type parcel[T any] struct {
	data  T
	items int
	owed  *debt
}

// outlet hands what the core derives to one node's next consumer, in order, from a goroutine of its own, so that a slow
// consumer holds up neither the core nor the other nodes.
type outlet[T any] struct {
	limit int // items
	// patient outlets never give up what is queued; those who fill them wait for room.
	patient bool
	// send leaves the data as it is: it may have to be sent again, or by another outlet.
	send   func(context.Context, T) error
	report func(items int, result string)

	mu     sync.Mutex
	queue  []parcel[T]
	items  int
	closed bool
	room   chan struct{} // closed and replaced whenever the queue gets shorter

	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}
}

func newOutlet[T any](c *core, send func(context.Context, T) error, report func(int, string)) *outlet[T] {
	return &outlet[T]{
		limit: c.cfg.Limits.Pending, patient: c.cfg.Clock == clockReplay,
		send: send, report: report, wake: make(chan struct{}, 1), room: make(chan struct{}),
	}
}

// put queues a parcel. When there are too many items the oldest parcels are given up: what is newest is worth most, and
// a pipeline that stands still must not fill the memory.
func (o *outlet[T]) put(p parcel[T]) {
	o.mu.Lock()
	dropped := 0
	if o.closed {
		dropped = p.items
		p.owed.settle()
	} else {
		o.queue = append(o.queue, p)
		o.items += p.items
		for !o.patient && o.items > o.limit && len(o.queue) > 1 {
			dropped += o.queue[0].items
			o.queue[0].owed.settle()
			o.pop()
		}
	}
	o.mu.Unlock()
	if dropped > 0 {
		o.report(dropped, lost)
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// pop takes the first parcel off the queue. The lock is held.
func (o *outlet[T]) pop() {
	o.items -= o.queue[0].items
	o.queue[0] = parcel[T]{}
	o.queue = o.queue[1:]
	close(o.room)
	o.room = make(chan struct{})
}

// waitForRoom returns when the queue is half empty: a replay must not outrun what it feeds.
func (o *outlet[T]) waitForRoom(ctx context.Context) {
	for {
		o.mu.Lock()
		room, full := o.room, !o.closed && o.stop != nil && o.items > o.limit/2
		o.mu.Unlock()
		if !full {
			return
		}
		select {
		case <-room:
		case <-ctx.Done():
			return
		}
	}
}

func (o *outlet[T]) start() {
	ctx, cancel := context.WithCancel(context.Background())
	o.mu.Lock()
	o.stop, o.done = cancel, make(chan struct{})
	o.mu.Unlock()
	go func() {
		defer close(o.done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-o.wake:
				for o.sendFirst(ctx) {
				}
			}
		}
	}()
}

// sendFirst sends the first parcel and reports whether there may be more to send.
func (o *outlet[T]) sendFirst(ctx context.Context) bool {
	o.mu.Lock()
	if len(o.queue) == 0 {
		o.mu.Unlock()
		return false
	}
	p := o.queue[0]
	o.pop()
	o.mu.Unlock()
	result, ok := o.deliver(ctx, p)
	if !ok { // stopped: it is flush's to send
		o.mu.Lock()
		o.queue = append([]parcel[T]{p}, o.queue...)
		o.items += p.items
		o.mu.Unlock()
		return false
	}
	p.owed.settle()
	o.report(p.items, result)
	return true
}

// deliver sends a parcel, again and again while the error is one that may pass; false means it was given up unsent.
func (o *outlet[T]) deliver(ctx context.Context, p parcel[T]) (result string, ok bool) {
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		err := o.send(context.WithoutCancel(ctx), p.data)
		switch {
		case err == nil:
			return sent, true
		case consumererror.IsPermanent(err):
			return lost, true
		}
		o.report(p.items, retried)
		select {
		case <-ctx.Done():
			return "", false
		case <-time.After(pause):
		}
	}
}

// flush stops the goroutine and sends what is left, within ctx. What it cannot send is lost, unless the journal still
// knows that it is owed.
func (o *outlet[T]) flush(ctx context.Context) {
	if o.stop != nil {
		o.stop()
		<-o.done
	}
	if o.journaled() { // it is sent after the restart; once is enough
		done, cancel := context.WithCancel(ctx)
		cancel()
		ctx = done
	}
	ctx, cancel := context.WithTimeout(ctx, lastChance)
	defer cancel()
	for o.sendFirst(ctx) {
	}
	journaled := o.journaled()
	o.mu.Lock()
	unsent := o.items
	o.closed, o.queue, o.items = true, nil, 0
	o.mu.Unlock()
	if unsent > 0 && !journaled {
		o.report(unsent, lost)
	}
}

// journaled reports whether what is queued would be sent again after a restart.
func (o *outlet[T]) journaled() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queue) > 0 && o.queue[0].owed != nil
}
