// Package outlet hands what a core derives or has held back to one node's next consumer: in order and from a goroutine of
// its own, so that a slow consumer holds up neither the core nor the core's other nodes.
package outlet

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Results of a delivery, as told to Options.Report.
const (
	Sent    = "sent"
	Retried = "retried" // refused, and sent again after a pause
	Lost    = "lost"
)

// Overflow is what Put does with more items than the limit.
type Overflow int

const (
	// Refuse turns the new parcel away. One with a Done stays owed; others are lost.
	Refuse Overflow = iota
	// DropOldest loses the oldest parcels, for telemetry whose newest is worth most.
	DropOldest
	// Grow keeps everything: whoever fills the outlet has to Wait between parcels.
	Grow
)

// Options say what an outlet sends and how far it goes for it. Limit, Send and Report are required.
type Options[T any] struct {
	// Limit is the most items that wait.
	Limit    int
	Overflow Overflow
	// LastChance is how long Flush tries again what the next consumer refuses; zero means that one refusal is enough.
	LastChance time.Duration
	// Join makes one of several parcels' data, which it leaves as they are. Without it every parcel is sent by itself.
	Join func([]T) T
	// Send leaves the data as it is: it may have to be sent again, or by another outlet.
	Send func(context.Context, T) error
	// Report is told what became of so many items. It must not call the outlet.
	Report func(items int, result string)
}

// Parcel is a batch of telemetry that is owed to the next consumer.
type Parcel[T any] struct {
	Data T
	// Items is what the parcel counts for against the limit and in reports.
	Items int
	// Done, if not nil, is called when the parcel is sent or given up for good. Its presence says that the parcel is
	// remembered elsewhere until then, as in a journal, and so is not lost by an outlet that cannot send it now. It must
	// not call the outlet.
	Done func()
}

// Outlet is a queue of parcels. Its methods may be called concurrently, except that Start comes before Flush.
type Outlet[T any] struct {
	options Options[T]

	mu      sync.Mutex
	queue   []Parcel[T]
	items   int // in the queue
	closed  bool
	sending bool          // what was taken off the queue
	changed chan struct{} // closed and replaced whenever sending ends

	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}
}

// New returns an outlet that gathers parcels and sends none before Start.
func New[T any](options Options[T]) *Outlet[T] {
	return &Outlet[T]{options: options, wake: make(chan struct{}, 1), changed: make(chan struct{})}
}

// Start begins sending. Every outlet that was started must be flushed.
func (o *Outlet[T]) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	o.mu.Lock()
	o.stop, o.done = cancel, make(chan struct{})
	o.mu.Unlock()
	go func() {
		defer close(o.done)
		o.run(ctx)
	}()
}

func (o *Outlet[T]) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
			for o.sendNext(ctx) {
			}
		}
	}
}

// Put queues a parcel and never waits. A pipeline that stands still must not fill the memory: see Overflow. After Flush
// every parcel is refused.
func (o *Outlet[T]) Put(p Parcel[T]) {
	refused, dropped := o.enqueue(p)
	for _, p := range dropped {
		p.settle()
	}
	if lost := count(dropped) + refused; lost > 0 {
		o.options.Report(lost, Lost)
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// enqueue returns how many items of the parcel are lost because it was refused, and what it has displaced.
func (o *Outlet[T]) enqueue(p Parcel[T]) (refused int, dropped []Parcel[T]) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.options.Overflow == Refuse && o.items+p.Items > o.options.Limit {
		return p.forgotten(), nil
	}
	o.queue = append(o.queue, p)
	o.items += p.Items
	for o.options.Overflow == DropOldest && o.items > o.options.Limit && len(o.queue) > 1 {
		dropped = append(dropped, o.take(1)...)
	}
	return 0, dropped
}

// take takes the first n parcels off the queue. The lock is held.
func (o *Outlet[T]) take(n int) []Parcel[T] {
	taken := slices.Clone(o.queue[:n])
	clear(o.queue[:n])
	o.queue = o.queue[n:]
	if len(o.queue) == 0 {
		o.queue = nil // gives back the memory of a peak
	}
	o.items -= count(taken)
	return taken
}

// sent notes that nothing is being sent.
func (o *Outlet[T]) sent() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sending = false
	close(o.changed)
	o.changed = make(chan struct{})
}

// Crowded reports whether the limit is more than half used.
func (o *Outlet[T]) Crowded() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.items > o.options.Limit/2
}

// Wait returns when everything has been sent, so that a replay is the same each time however goroutines take turns, or
// with the error of ctx. It does not wait for an outlet that was not started, nor inside a call of that outlet's own Send.
func (o *Outlet[T]) Wait(ctx context.Context) error {
	if ctx.Value(o) != nil {
		return nil
	}
	for {
		o.mu.Lock()
		changed, wait := o.changed, o.stop != nil && !o.closed && (o.sending || len(o.queue) > 0)
		o.mu.Unlock()
		if !wait {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Flush ends the goroutine and sends what is left, within ctx and LastChance, though a call of Send is never cut short.
// What cannot be sent and is not remembered elsewhere is lost.
func (o *Outlet[T]) Flush(ctx context.Context) {
	if o.stop != nil {
		o.stop()
		<-o.done
	}
	o.sendRest(ctx)
	o.mu.Lock()
	o.closed = true
	unsent := o.take(len(o.queue))
	o.mu.Unlock()
	o.sent()
	lost := 0
	for _, p := range unsent {
		lost += p.forgotten()
	}
	if lost > 0 {
		o.options.Report(lost, Lost)
	}
}

func (p Parcel[T]) settle() {
	if p.Done != nil {
		p.Done()
	}
}

// forgotten is how many items are lost if the outlet does not send the parcel.
func (p Parcel[T]) forgotten() int {
	if p.Done != nil {
		return 0
	}
	return p.Items
}

func count[T any](parcels []Parcel[T]) int {
	n := 0
	for _, p := range parcels {
		n += p.Items
	}
	return n
}
