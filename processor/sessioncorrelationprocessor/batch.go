package sessioncorrelationprocessor

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/session"
)

// batch is one Consume call on its way through the core: read without the lock, correlate and hold under it, stamp and
// send without it again.
type batch struct {
	core   *core
	reader *reader
	began  time.Time

	resources []resource
	items     []session.Item
	stamps    []stamp // of each item
	answers   []session.Identity
	sales     []sale
	waiting   int

	tables []*tenant // of each resource
	held   []heldRef
}

// stamp is where an item lies, and what is to be written there.
type stamp struct {
	attributes pcommon.Map // where it lies
	resource   int
	answer     int // of the tables
	traits     trait
	wait       bool
}

// heldRef is something this call holds: given back if the call fails.
type heldRef struct {
	tenant *tenant
	held   *session.Held
	ticket uint64
}

// waiting is the payload of what a table holds: a group and its ticket in the journal.
type waiting struct {
	group
	ticket uint64
}

// group is a group of items that waits together; it knows the node it goes on from.
type group interface {
	deliver(c *core, ticket uint64, id *session.Identity)
	owner() node
	size() int
	signal() byte
	marshal() ([]byte, error)
}

func newBatch(c *core) *batch {
	return &batch{core: c, reader: &reader{plan: c.plan, fields: c.plan.extractor.NewFields()}}
}

// resource begins the items of a resource.
func (b *batch) resource(attributes pcommon.Map) {
	b.resources = append(b.resources, b.reader.resource(attributes))
}

// current is the resource that items are being read of.
func (b *batch) current() *resource { return &b.resources[len(b.resources)-1] }

// item adds an item of the current resource.
func (b *batch) item() *session.Item {
	b.items = extend(b.items)
	return &b.items[len(b.items)-1]
}

// read completes the item just read.
func (b *batch) read(it *session.Item, name string, attributes pcommon.Map) {
	b.stamps = append(b.stamps, stamp{attributes: attributes, resource: len(b.resources) - 1, traits: b.reader.traits})
	if len(b.core.plan.business) > 0 {
		b.sales = b.reader.sales(b.sales, len(b.items)-1, it, name)
	}
}

// correlate teaches the tables every item, then asks about every item. It takes the core's lock, which end gives back.
func (b *batch) correlate() {
	b.core.lock()
	for i := range b.resources {
		b.tables = append(b.tables, b.core.tenant(b.resources[i].tenant))
	}
	last, place := -1, session.Place(0)
	for i := range b.items {
		tenant := b.tenant(i)
		if of := b.stamps[i].resource; of != last {
			last = of
			place = tenant.table.Place(b.resources[last].place)
		}
		b.items[i].Place = place
		tenant.table.Learn(&b.items[i], b.began)
	}
	for i := range b.sales {
		b.core.sell(b.tenant(b.sales[i].item), b, &b.sales[i])
	}
	b.resolve()
}

// tenant is that of an item.
func (b *batch) tenant(item int) *tenant { return b.tables[b.stamps[item].resource] }

// identity is what the tables say of an item.
func (b *batch) identity(item int) *session.Identity { return &b.answers[b.stamps[item].answer] }

// resolve asks the tables about every item. Neighbours of one trace that say nothing themselves share an answer.
func (b *batch) resolve() {
	for i := range b.items {
		e := &b.stamps[i]
		if i > 0 && b.items[i].Like(&b.items[i-1]) && e.resource == b.stamps[i-1].resource {
			e.answer, e.wait = b.stamps[i-1].answer, b.stamps[i-1].wait
		} else {
			b.answers = extend(b.answers)
			e.answer = len(b.answers) - 1
			e.wait = b.tenant(i).table.Resolve(&b.items[i], &b.answers[e.answer])
		}
		if e.wait {
			b.waiting++
		}
	}
}

// sameGroup reports whether two items that wait may wait together.
func (b *batch) sameGroup(i, j int) bool {
	p, q := &b.items[i], &b.items[j]
	return p.Trace == q.Trace && p.Trace != (session.TraceID{}) &&
		p.Evidence.Session == "" && q.Evidence.Session == "" && p.Evidence.User == q.Evidence.User &&
		b.identity(i).Source == b.identity(j).Source
}

// hold hands a group to the table of its first item.
func (b *batch) hold(index int, g group) {
	tenant := b.tenant(index)
	waiting := &waiting{group: g, ticket: b.core.owe(entryHeld, g.signal(), g.marshal)}
	b.held = append(b.held, heldRef{tenant: tenant, held: tenant.table.Hold(&b.items[index], waiting), ticket: waiting.ticket})
}

// stamp writes identities onto the items that go on.
func (b *batch) stamp() {
	for i := range b.resources {
		b.core.pseudonyms.apply(b.resources[i].attributes)
	}
	for i := range b.stamps {
		if e := &b.stamps[i]; !e.wait {
			b.core.stamp(e.attributes, e.traits, &b.answers[e.answer])
		}
	}
}

// grouping finds the groups of items that wait together, while the items are walked in order.
type grouping[D any] struct {
	batch *batch
	hold  func(first int, group D)

	index int // of the next item
	first int // of the group at hand
	open  bool
	data  D // of the group at hand
}

// next moves on to the next item and tells whether it waits, and whether it is the first of a group, which the caller then
// has to set data for.
func (g *grouping[D]) next() (wait, fresh bool) {
	i := g.index
	g.index++
	if !g.batch.stamps[i].wait {
		return false, false
	}
	if g.open && g.batch.sameGroup(g.first, i) {
		return true, false
	}
	g.end()
	g.first, g.open = i, true
	return true, true
}

// end hands the group at hand on, at the latest when its scope ends.
func (g *grouping[D]) end() {
	if g.open {
		g.open = false
		g.hold(g.first, g.data)
	}
}

// end lets event time pass, gives the lock back and sends what has become ready.
func (b *batch) end() {
	var ready output
	for i, tenant := range b.tables {
		if i == 0 || tenant != b.tables[i-1] {
			b.core.advance(tenant, b.began, &ready)
		}
	}
	b.core.unlock()
	b.core.deliver(&ready)
	known, unknown := 0, 0
	for i := range b.stamps {
		switch {
		case b.stamps[i].wait: // counted when it is released
		case b.stamps[i].traits&fromStore != 0:
		case b.identity(i).Session != "":
			known++
		default:
			unknown++
		}
	}
	b.core.countItems(known, true)
	b.core.countItems(unknown, false)
	b.core.telemetry.ProcessorSessionCorrelationDuration.Record(context.Background(), time.Since(b.began).Seconds())
}

// cancel takes back what the call holds: its data was refused and will come again.
func (b *batch) cancel() {
	var cancelled []uint64
	b.core.lock()
	for _, ref := range b.held {
		if ref.tenant.table.Cancel(ref.held) && ref.ticket != 0 {
			cancelled = append(cancelled, ref.ticket)
		}
	}
	b.core.unlock()
	if len(cancelled) > 0 {
		b.core.settle(cancelled)
	}
}

// extend adds an empty element. What lies beyond the end of a batch's lists is empty, see free, and need not be written.
func extend[T any](list []T) []T {
	if len(list) < cap(list) {
		return list[:len(list)+1]
	}
	var empty T
	return append(list, empty)
}

// free gives the batch back to the pool.
func (b *batch) free() {
	clear(b.resources)
	clear(b.items)
	clear(b.stamps)
	clear(b.answers)
	clear(b.reader.evidence)
	b.answers, b.reader.evidence = b.answers[:0], b.reader.evidence[:0]
	clear(b.sales)
	clear(b.tables)
	clear(b.held)
	b.resources, b.items, b.stamps = b.resources[:0], b.items[:0], b.stamps[:0]
	b.sales = b.sales[:0]
	b.tables, b.held, b.waiting = b.tables[:0], b.held[:0], 0
	b.reader.fields.Reset()
	b.core.batches.Put(b)
}
