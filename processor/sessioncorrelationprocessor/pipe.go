package sessioncorrelationprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/session"
	"github.com/braidotel/braid/internal/sharedcore"
)

// form is how one kind of telemetry is taken apart.
type form[D any] struct {
	signal byte
	empty  func() D
	// move moves all of one batch to the end of another.
	move func(from, into D)
	size func(D) int
	// read turns every item of the data into one of the batch, in order.
	read func(b *batch, data D)
	// split moves the items that wait out of the data, those of one trace, resource and scope together, and hands each
	// group to hold with the index of its first item.
	split func(b *batch, data D, hold func(first int, group D))
	// stamp writes one identity onto every item, and pseudonyms onto the resources.
	stamp     func(c *core, data D, id *session.Identity)
	marshal   func(D) ([]byte, error)
	unmarshal func([]byte) (D, error)
}

// pipe is the core's node in a traces or a logs pipeline.
type pipe[D interface{ CopyTo(D) }] struct {
	form[D]
	handle *sharedcore.Handle[*core]
	core   *core
	next   func(context.Context, D) error
	out    *outlet.Outlet[D]
}

func newPipe[D interface{ CopyTo(D) }](
	f form[D], handle *sharedcore.Handle[*core], next func(context.Context, D) error,
) *pipe[D] {
	n := &pipe[D]{form: f, handle: handle, core: handle.Core, next: next}
	n.out = newOutlet(n.core, f.empty, f.move, next)
	n.core.attach(n)
	return n
}

// Capabilities says that attributes are written.
func (*pipe[D]) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

// Start starts the core, if no other node has, and takes up what waited when the last run ended.
func (n *pipe[D]) Start(ctx context.Context, host component.Host) error {
	if err := n.handle.Start(ctx, host); err != nil {
		return err
	}
	n.out.Start()
	n.resume(ctx)
	return nil
}

// Shutdown sends what the core owes to the next consumer, which is still there.
func (n *pipe[D]) Shutdown(ctx context.Context) error {
	n.core.detach(n)
	n.out.Flush(ctx)
	return n.handle.Shutdown(ctx)
}

// consume stamps what it can and passes it on at once; items whose identity may still turn up are held.
func (n *pipe[D]) consume(ctx context.Context, data D) error {
	if err := n.handle.Ready(); err != nil {
		return err
	}
	if err := admit(ctx, n.core, n.out); err != nil {
		return err
	}
	if err := n.core.storageReady(ctx); err != nil {
		return err
	}
	if err := n.correlate(ctx, data, n.next); err != nil {
		return err
	}
	return n.core.commit(ctx)
}

// correlate hands what is not held to send.
func (n *pipe[D]) correlate(ctx context.Context, data D, send func(context.Context, D) error) error {
	b := n.core.begin(ctx)
	defer b.free()
	n.read(b, data)
	b.correlate()
	if b.waiting > 0 {
		n.split(b, data, func(first int, group D) {
			b.hold(first, held[D]{node: n, data: group})
		})
	}
	b.end()
	b.stamp()
	if n.size(data) == 0 {
		return nil
	}
	if err := send(ctx, data); err != nil {
		b.cancel()
		return err
	}
	return nil
}

// resume takes up the items that waited when the last run ended, and the events that had not left. They leave through the
// outlet, which tries again where the next consumer refuses.
func (n *pipe[D]) resume(ctx context.Context) {
	for _, r := range n.core.takeRecovered(n.signal) {
		data, err := n.unmarshal(r.payload)
		if err != nil {
			n.core.abandon(r)
			continue
		}
		sent := false
		send := func(_ context.Context, data D) error {
			leave(n.core, n.out, data, r.ticket)
			sent = true
			return nil
		}
		if r.kind == entryEvents {
			err = send(ctx, data)
		} else {
			err = n.correlate(ctx, data, send)
		}
		if err == nil && !sent {
			// All of it waits again, under a ticket of its own, which the journal gets before this one's end: that the
			// storage may refuse writes just now does no harm.
			n.core.settle([]uint64{r.ticket})
		}
	}
}

// held is a group of items of one trace, resource and scope that waits.
type held[D interface{ CopyTo(D) }] struct {
	node *pipe[D]
	data D
}

func (h held[D]) deliver(c *core, ticket uint64, id *session.Identity) {
	h.node.stamp(c, h.data, id)
	leave(c, h.node.out, h.data, ticket)
}

func (h held[D]) owner() node { return h.node }

func (h held[D]) signal() byte { return h.node.signal }

func (h held[D]) size() int { return h.node.size(h.data) }

func (h held[D]) marshal() ([]byte, error) { return h.node.marshal(h.data) }
