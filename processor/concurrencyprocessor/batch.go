package concurrencyprocessor

import (
	"math/bits"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
)

// keySpec is one entry of keys: the attributes that form a key together.
type keySpec struct {
	names []string
	// primary keys feed the total; the others see the same items again.
	primary bool
}

// batch is the work on one call of Consume. It lives in the core and is used under its lock.
type batch struct {
	core *core
	now  time.Time

	// Of the resource at hand:
	tenant   *tenant
	resource pcommon.Map
	groups   []*counter.Group // keys that the resource alone decides
	primary  bool             // one of them feeds the total
	onItem   []keySpec        // keys that need the item's attributes
	inherit  []uint64         // hashes of the identities the resource brings
	brought  uint16           // which of them it brings

	found []uint64 // hashes of the item's identities, its resource's where it has none

	// Of the items before, as long as they belong to the same keys and tick: they are counted together.
	runs    [][]uint64 // hashes by kind of identity
	runTick int64
	fresh   []uint64 // room for those that have to be replayed after a crash

	// Of the item before: batches are full of neighbours with the same session and the same tick.
	last      []memo
	tickStart eventtime.Instant
	tick      int64

	id       []byte // room for a key's id
	values   []string
	touched  []*tenant
	changes  []change
	arrivals [4]int64 // by sketch.Arrival, and tenantLimit
	times    [4]int64 // by eventtime.Verdict
	received map[string]int64
	reported map[string]int64
}

// tenantLimit counts, in arrivals, items of tenants beyond the limit.
const tenantLimit = 3

// memo is a value and its hash. It holds a copy: a string would be a pointer to write for every item, and every such
// write costs while the garbage collector is at work, which under load it always is.
type memo struct {
	text [maxMemo]byte
	size int // 0 holds nothing
	hash uint64
}

// maxMemo is the longest value that is remembered; the usual identities have up to 40 bytes.
const maxMemo = 64

func newBatch(c *core) *batch {
	n := len(c.cfg.Identities)
	return &batch{
		core: c, inherit: make([]uint64, n), found: make([]uint64, n), last: make([]memo, n), runs: make([][]uint64, n),
		received: map[string]int64{}, reported: map[string]int64{},
	}
}

// begin readies the batch for a call at wall time now.
func (b *batch) begin(now time.Time) {
	b.now = now
	b.touched, b.changes = b.touched[:0], b.changes[:0]
	b.arrivals, b.times = [4]int64{}, [4]int64{}
	clear(b.received)
	clear(b.reported)
	b.tickStart = noInstant
}

// end lets go of what the caller owns: nothing of a batch may be kept.
func (b *batch) end() {
	clear(b.last)
	b.resource, b.tenant = pcommon.Map{}, nil
	clear(b.groups)
	b.groups = b.groups[:0]
}

// enter makes r the resource of the items that follow. All that it alone decides is decided here, once.
func (b *batch) enter(r pcommon.Resource) {
	b.count()
	b.resource = r.Attributes()
	b.setTenant(b.core.tenant(b.text(b.resource, b.core.cfg.Tenant)))
	if b.tenant == nil {
		return
	}
	b.groups, b.onItem, b.primary = b.groups[:0], b.onItem[:0], false
	for _, spec := range b.core.specs {
		g := b.group(spec, b.resource, pcommon.Map{}, false)
		if g == nil {
			b.onItem = append(b.onItem, spec)
			continue
		}
		b.groups = append(b.groups, g)
		b.primary = b.primary || spec.primary
	}
	b.brought = 0
	for i, id := range b.core.cfg.Identities {
		if v := b.text(b.resource, id.Attribute); v != "" {
			b.inherit[i] = b.tenant.hasher.SumString(v)
			b.brought |= 1 << i
		}
	}
}

func (b *batch) setTenant(t *tenant) {
	if t != nil && t != b.tenant {
		clear(b.last) // hashes are the tenant's own
		if !t.touched {
			t.touched = true
			b.touched = append(b.touched, t)
		}
	}
	b.tenant = t
}

// ownScopes is what the scope names of Braid's components begin with.
const ownScopes = "github.com/braidotel/braid/"

// isDerived reports whether a scope holds what one of Braid's components made: it tells about users, such as that a
// session ended half an hour after its last request, and is no activity of theirs. Nor may it move the clock, since it
// can overtake the data it was made from.
func isDerived(scope pcommon.InstrumentationScope) bool {
	return strings.HasPrefix(scope.Name(), ownScopes)
}

// item observes one span, record or point.
func (b *batch) item(attrs pcommon.Map, at pcommon.Timestamp) {
	if b.tenant == nil {
		b.arrivals[tenantLimit]++
		return
	}
	found := b.find(attrs)
	if found == 0 {
		return // nobody: its time is nothing to count by either
	}
	tick := b.tickOf(eventtime.Instant(at))
	if len(b.onItem) > 0 {
		b.countItem(attrs, found, tick)
		return
	}
	if tick != b.runTick {
		b.count()
		b.runTick = tick
	}
	for set := found; set != 0; set &= set - 1 {
		i := bits.TrailingZeros16(set)
		if len(b.runs[i]) == maxRun {
			b.count()
		}
		b.runs[i] = append(b.runs[i], b.found[i])
	}
}

// find hashes the item's identities in one pass over its attributes, most of which their length alone rules out, and
// adds those that only its resource brings. It returns which there are.
func (b *batch) find(attrs pcommon.Map) (found uint16) {
	names, byLength, all := b.core.names, &b.core.byLength, uint16(1<<len(b.found)-1)
	for name, v := range attrs.All() {
		if len(name) > maxAttribute {
			continue
		}
		for set := byLength[len(name)] &^ found; set != 0; set &= set - 1 {
			i := bits.TrailingZeros16(set)
			if names[i] != name {
				continue
			}
			if text := b.plain(v); text != "" {
				b.found[i] = b.hash(i, text)
				found |= 1 << i
			}
		}
		if found == all {
			return found
		}
	}
	for set := b.brought &^ found; set != 0; set &= set - 1 {
		i := bits.TrailingZeros16(set)
		b.found[i] = b.inherit[i]
	}
	return found | b.brought
}

// hash returns the hash of an identity of that kind, from the item before if it is the same.
func (b *batch) hash(i int, value string) uint64 {
	last := &b.last[i]
	if string(last.text[:last.size]) != value {
		last.hash = b.tenant.hasher.SumString(value)
		last.size = 0
		if len(value) <= maxMemo {
			last.size = copy(last.text[:], value)
		}
	}
	return last.hash
}

const noInstant = eventtime.Instant(-1 << 62)

// tickOf tells the tenant's clock the time of an item and returns its tick.
func (b *batch) tickOf(at eventtime.Instant) int64 {
	instant, verdict := b.tenant.clock.Observe(at, b.now)
	b.times[verdict]++
	if d := instant - b.tickStart; d < 0 || d >= eventtime.Instant(b.core.cfg.Tick) {
		b.tickStart = instant.Truncate(b.core.cfg.Tick)
		b.tick = int64(b.tickStart) / int64(b.core.cfg.Tick)
	}
	return b.tick
}

// group returns the group of a key, its attributes taken from the resource or else from the item; nil when one of them
// is nowhere.
func (b *batch) group(spec keySpec, resource, attrs pcommon.Map, withItem bool) *counter.Group {
	b.id, b.values = b.id[:0], b.values[:0]
	for _, name := range spec.names {
		value := b.text(resource, name)
		if value == "" && withItem {
			value = b.text(attrs, name)
		}
		if value == "" {
			return nil
		}
		b.id = counter.AppendPair(b.id, name, value)
		b.values = append(b.values, value)
	}
	if g := b.tenant.counter.Find(b.id); g != nil {
		return g
	}
	return b.tenant.counter.Add(ownedKey(spec.names, b.values), spec.primary)
}

// text returns an attribute as text; "" if there is none.
func (b *batch) text(attrs pcommon.Map, name string) string {
	v, ok := attrs.Get(name)
	if !ok {
		return ""
	}
	return b.plain(v)
}

// plain returns a value as text, cut to the limit. Maps and lists are no identity.
func (b *batch) plain(v pcommon.Value) string {
	var s string
	switch v.Type() {
	case pcommon.ValueTypeStr:
		s = v.Str()
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBool, pcommon.ValueTypeBytes:
		s = v.AsString()
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeMap, pcommon.ValueTypeSlice:
	}
	return s[:min(len(s), b.core.cfg.Limits.ValueBytes)]
}

var arrivalOf = [4]string{sketch.OnTime: "on_time", sketch.Late: "late", sketch.Lost: "lost", tenantLimit: "tenant_limit"}
