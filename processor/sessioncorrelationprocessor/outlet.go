package sessioncorrelationprocessor

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	outletBatch = 512 // parcels sent in one call
	firstRetry  = 50 * time.Millisecond
	lastRetry   = 5 * time.Second
	lastChance  = 5 * time.Second // for what is left at shutdown: the collector's own context has no deadline
)

// signal is how an outlet handles one kind of telemetry.
type signal[T any] struct {
	// join moves all of from to the end of into.
	join func(from, into T)
	// copy returns a copy: a consumer that fails may have changed what it was given.
	copy func(T) T
	// empty returns an empty batch.
	empty func() T
	send  func(context.Context, T) error
}

// parcel is something the core owes to a next consumer.
type parcel[T any] struct {
	data T
	// ticket is the parcel's number in the journal, zero if it has none.
	ticket uint64
}

// outlet hands what a core derives or has held back to one node's next consumer, in order, from a goroutine of its own,
// so that a slow consumer holds up neither the core nor the other nodes.
type outlet[T any] struct {
	signal signal[T]
	limit  int
	// report is called with the number of parcels and what became of them; delivered with the tickets that are done.
	report    func(n int, result string)
	delivered func(tickets []uint64)

	mu     sync.Mutex
	queue  []parcel[T]
	closed bool

	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}
}

const (
	resultSent    = "sent"
	resultRetried = "retried"
	resultLost    = "lost"
)

func newOutlet[T any](s signal[T], limit int, report func(int, string), delivered func([]uint64)) *outlet[T] {
	return &outlet[T]{signal: s, limit: limit, report: report, delivered: delivered, wake: make(chan struct{}, 1)}
}

// put queues a parcel. Beyond the limit, or after the node is gone, it stays in the journal for the next start if it is
// there; otherwise it is lost and counted.
func (o *outlet[T]) put(p parcel[T]) {
	o.mu.Lock()
	full := o.closed || len(o.queue) >= o.limit
	if !full {
		o.queue = append(o.queue, p)
	}
	o.mu.Unlock()
	if full {
		if p.ticket == 0 {
			o.report(1, resultLost)
		}
		return
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// start begins sending.
func (o *outlet[T]) start() {
	ctx, cancel := context.WithCancel(context.Background())
	o.stop, o.done = cancel, make(chan struct{})
	go func() {
		defer close(o.done)
		o.run(ctx)
	}()
}

func (o *outlet[T]) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
			for o.sendOnce(ctx) {
			}
		}
	}
}

// errBacklog is retryable: it passes with the next consumer's trouble.
var errBacklog = status.Error(codes.ResourceExhausted,
	"what was released earlier has not left yet: limits::pending is half used")

// admit refuses data while too much of what came before has not left, so that the limit is not met. A patient node, as a
// recording's is, waits instead.
func (o *outlet[T]) admit(ctx context.Context, patient bool) error {
	for o.backlog() {
		if !patient {
			return errBacklog
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(firstRetry):
		}
	}
	return nil
}

func (o *outlet[T]) backlog() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queue) > o.limit/2
}

// sendOnce sends up to a batch and reports whether there may be more to send.
func (o *outlet[T]) sendOnce(ctx context.Context) bool {
	o.mu.Lock()
	parcels := o.queue[:min(len(o.queue), outletBatch)]
	o.queue = o.queue[len(parcels):]
	if len(o.queue) == 0 {
		o.queue = nil
	}
	o.mu.Unlock()
	if len(parcels) == 0 {
		return false
	}
	batch := o.signal.empty()
	for _, p := range parcels {
		o.signal.join(o.signal.copy(p.data), batch)
	}
	if o.deliver(ctx, batch, len(parcels)) {
		o.settle(parcels)
		return true
	}
	o.mu.Lock() // stopped: what was not sent is flush's to send
	o.queue = append(slices.Clip(parcels), o.queue...)
	o.mu.Unlock()
	return false
}

// deliver sends a batch, again and again while the error is one that may pass; false means it was given up unsent.
func (o *outlet[T]) deliver(ctx context.Context, batch T, n int) bool {
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		err := o.signal.send(context.WithoutCancel(ctx), o.signal.copy(batch))
		switch {
		case err == nil:
			o.report(n, resultSent)
			return true
		case consumererror.IsPermanent(err):
			o.report(n, resultLost)
			return true
		}
		o.report(n, resultRetried)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
}

func (o *outlet[T]) settle(parcels []parcel[T]) {
	var tickets []uint64
	for _, p := range parcels {
		if p.ticket != 0 {
			tickets = append(tickets, p.ticket)
		}
	}
	if len(tickets) > 0 {
		o.delivered(tickets)
	}
}

// flush stops the goroutine and sends what is left, within ctx and lastChance. What cannot be sent stays in the journal if it is there,
// and is lost otherwise.
func (o *outlet[T]) flush(ctx context.Context) {
	if o.stop != nil {
		o.stop()
		<-o.done
	}
	ctx, cancel := context.WithTimeout(ctx, lastChance)
	defer cancel()
	for o.sendOnce(ctx) {
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	lost := 0
	for _, p := range o.queue {
		if p.ticket == 0 {
			lost++
		}
	}
	if lost > 0 {
		o.report(lost, resultLost)
	}
	o.queue = nil
}
