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

	resources  []resource
	items      []session.Item
	of         []int               // resource of each item
	identities []*session.Identity // of each item, into answers
	answers    []session.Identity
	attributes []pcommon.Map // of each item, where it lies
	own        []own         // of each item
	wait       []bool
	sales      []sale
	waiting    int

	tables []*tenant // of each resource
	held   []heldRef
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
	b.items = append(b.items, session.Item{})
	b.of = append(b.of, len(b.resources)-1)
	return &b.items[len(b.items)-1]
}

// read completes the item just read.
func (b *batch) read(it *session.Item, name string, attributes pcommon.Map) {
	b.attributes, b.own = append(b.attributes, attributes), append(b.own, b.reader.own)
	if b.reader.secret {
		dropSecrets(attributes)
	}
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
		tenant := b.tables[b.of[i]]
		if b.of[i] != last {
			last = b.of[i]
			place = tenant.table.Place(b.resources[last].place)
		}
		b.items[i].Place = place
		tenant.table.Learn(&b.items[i], b.began)
	}
	for i := range b.sales {
		b.core.sell(b.tables[b.of[b.sales[i].item]], b, &b.sales[i])
	}
	b.resolve()
}

// resolve asks the tables about every item. Neighbours of one trace that say nothing themselves share an answer.
func (b *batch) resolve() {
	for i := range b.items {
		if i > 0 && b.items[i].Like(&b.items[i-1]) && b.of[i] == b.of[i-1] {
			b.identities = append(b.identities, b.identities[i-1])
			b.wait = append(b.wait, b.wait[i-1])
		} else {
			id, wait := b.tables[b.of[i]].table.Resolve(&b.items[i])
			b.answers = append(b.answers, id)
			b.identities = append(b.identities, &b.answers[len(b.answers)-1])
			b.wait = append(b.wait, wait)
		}
		if b.wait[i] {
			b.waiting++
		}
	}
}

// sameGroup reports whether two items that wait may wait together.
func (b *batch) sameGroup(i, j int) bool {
	p, q := &b.items[i], &b.items[j]
	return p.Trace == q.Trace && p.Trace != (session.TraceID{}) &&
		p.Evidence.Session == "" && q.Evidence.Session == "" && p.Evidence.User == q.Evidence.User &&
		b.identities[i].Source == b.identities[j].Source
}

// hold hands a group to the table of its first item.
func (b *batch) hold(index int, g group) {
	tenant := b.tables[b.of[index]]
	waiting := &waiting{group: g, ticket: b.core.owe(entryHeld, g.signal(), g.marshal)}
	b.held = append(b.held, heldRef{tenant: tenant, held: tenant.table.Hold(&b.items[index], waiting), ticket: waiting.ticket})
}

// stamp writes identities onto the items that go on.
func (b *batch) stamp() {
	for i := range b.resources {
		b.core.pseudonyms.apply(b.resources[i].attributes)
	}
	for i := range b.items {
		if !b.wait[i] {
			b.core.stamp(b.attributes[i], b.own[i], b.identities[i])
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
	if !g.batch.wait[i] {
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
	for i := range b.identities {
		switch {
		case b.wait[i]: // counted when it is released
		case b.identities[i].Session != "":
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

// free gives the batch back to the pool.
func (b *batch) free() {
	clear(b.resources)
	clear(b.items)
	clear(b.identities)
	clear(b.answers)
	clear(b.reader.evidence)
	b.answers, b.reader.evidence = b.answers[:0], b.reader.evidence[:0]
	clear(b.sales)
	clear(b.tables)
	clear(b.held)
	b.resources, b.items, b.of = b.resources[:0], b.items[:0], b.of[:0]
	clear(b.attributes)
	b.attributes, b.own = b.attributes[:0], b.own[:0]
	b.identities, b.wait, b.sales = b.identities[:0], b.wait[:0], b.sales[:0]
	b.tables, b.held, b.waiting = b.tables[:0], b.held[:0], 0
	b.reader.fields.Reset()
	b.core.batches.Put(b)
}
