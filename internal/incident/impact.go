package incident

import (
	"cmp"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/sketch"
)

// Request is what a user asked of the system and got.
type Request struct {
	Time     time.Time
	User     string // user.id; empty for a guest
	Session  string
	Region   string
	Failed   bool
	Known    bool    // another server on its way has already told of the failure
	Business string  // name of the business event it was; empty if none
	Value    float64 // of the business event; 0 when a failure does not say
	Currency string
	Cart     string // what was in it, as attributes say
}

// who are the names under which the cart of a request is known.
func (r *Request) who() [2]string { return [2]string{r.Session, r.User} }

// slotLength is how finely the beginning of an incident is told apart in what went before it.
const slotLength = 10 * time.Second

// Bounds of an impact.
const (
	impactSlots     = 180 // 30 min
	impactRegions   = 32
	impactCustomers = 20
)

// Tracker follows the requests of one tenant so that an incident can count those from before it was noticed. It is not
// safe for concurrent use.
type Tracker struct {
	hasher *sketch.Hasher
	slots  [impactSlots]slot
	usual  usual
	carts  *carts
}

// slot is what one stretch of slotLength saw.
type slot struct {
	index    int64
	toll     *toll // nil: nothing failed
	done     int64 // business events that succeeded
	value    float64
	currency string
}

// toll is what failures cost.
type toll struct {
	users, sessions sketch.Sketch
	failed          int64 // requests
	business        int64
	value           float64 // of those whose value was said or could be estimated
	valued          int64
	regions         map[string]int64
	customers       map[uint64]customer
}

// customer is someone whose business event failed.
type customer struct {
	failed int64
	value  float64
	cart   string
}

// NewTracker returns a tracker that has seen nothing and remembers at most maxCarts carts. Users and sessions are hashed
// with hasher.
func NewTracker(hasher *sketch.Hasher, maxCarts int) *Tracker {
	return &Tracker{hasher: hasher, carts: newCarts(maxCarts)}
}

// Carry takes in what a session or user has in the cart now, and what that is worth; 0 or empty if that was not said.
func (t *Tracker) Carry(session, user string, value float64, cart string) {
	t.carts.carry(t.hasher, [2]string{session, user}, value, cart)
}

// Emptied notes that nothing is in the cart of a session or user any more.
func (t *Tracker) Emptied(session, user string) {
	t.carts.empty(t.hasher, [2]string{session, user})
}

// Observe takes a request in. A business event that fails without a value is worth what was in the cart, else what such
// events usually are.
func (t *Tracker) Observe(r Request) {
	s := t.slot(r.Time)
	if s == nil {
		return
	}
	if !r.Failed {
		if r.Business != "" {
			s.done++
			s.value += r.Value
			s.currency = cmp.Or(s.currency, r.Currency)
			t.usual.price(r.Business, r.Region, r.Value)
			t.carts.empty(t.hasher, r.who())
		}
		return
	}
	if r.Business != "" {
		t.estimate(&r)
	}
	if s.toll == nil {
		s.toll = newToll()
	}
	s.toll.add(t.hasher, r)
}

// estimate fills in what a failed business event does not say, and remembers what it does: whoever fails tries again.
func (t *Tracker) estimate(r *Request) {
	if r.Value > 0 || r.Cart != "" {
		t.carts.carry(t.hasher, r.who(), r.Value, r.Cart)
	}
	held := t.carts.of(t.hasher, r.who())
	r.Cart = cmp.Or(r.Cart, held.text)
	if r.Value == 0 {
		r.Value = cmp.Or(held.value, t.usual.worth(r.Business, r.Region))
	}
}

// slot is that of a moment; nil if it is forgotten.
func (t *Tracker) slot(at time.Time) *slot {
	index := at.UnixNano() / int64(slotLength)
	s := &t.slots[index%impactSlots]
	switch {
	case s.index > index:
		return nil
	case s.index < index:
		if s.index > 0 {
			t.usual.learn(s)
		}
		*s = slot{index: index}
	}
	return s
}

func newToll() *toll {
	return &toll{regions: map[string]int64{}, customers: map[uint64]customer{}}
}

func (t *toll) add(h *sketch.Hasher, r Request) {
	if !r.Known {
		t.failed++
	}
	if r.User != "" {
		t.users.Observe(h.SumString(r.User))
	}
	if r.Session != "" {
		t.sessions.Observe(h.SumString(r.Session))
	}
	if _, ok := t.regions[r.Region]; r.Region != "" && (ok || len(t.regions) < impactRegions) {
		t.regions[r.Region]++
	}
	if r.Business == "" {
		return
	}
	t.business++
	if r.Value > 0 {
		t.valued++
		t.value += r.Value
	}
	if who := cmp.Or(r.User, r.Session); who != "" {
		id := h.SumString(who)
		c, ok := t.customers[id]
		if ok || len(t.customers) < 4*impactCustomers {
			c.failed++
			c.value += r.Value
			c.cart = cmp.Or(r.Cart, c.cart)
			t.customers[id] = c
		}
	}
}

func (t *toll) merge(other *toll) {
	_ = t.users.Merge(&other.users) // all of one precision
	_ = t.sessions.Merge(&other.sessions)
	t.failed += other.failed
	t.business += other.business
	t.value += other.value
	t.valued += other.valued
	for region, n := range other.regions {
		if _, ok := t.regions[region]; ok || len(t.regions) < impactRegions {
			t.regions[region] += n
		}
	}
	for id, c := range other.customers {
		have, ok := t.customers[id]
		if ok || len(t.customers) < 4*impactCustomers {
			t.customers[id] = customer{have.failed + c.failed, have.value + c.value, cmp.Or(c.cart, have.cart)}
		}
	}
}

// Impact is whom an incident hit and what it cost.
type Impact struct {
	Users, Sessions float64
	Failed          int64   // requests
	Business        int64   // failed business events
	Lost            float64 // their value; of those that do not say it, that of the cart, else the usual value of one
	AtRisk          float64 // an hour: how far successes are behind the usual at this hour of the week, or the losses' pace
	Currency        string
	Regions         []string // of the users, most hit first; then those of sites that tell of trouble
	Customers       []Customer
}

// Customer is someone whose business event failed, under a pseudonym.
type Customer struct {
	Pseudonym uint64
	Failed    int64
	Value     float64
	Cart      string
}

// Cost gathers the impact of one incident while it lasts.
type Cost struct {
	first, next    int64 // slots: the first, and the first that is not gathered yet
	toll           *toll
	done, expected float64 // value of successes
}

// NewCost begins to gather the impact of an incident that began then.
func NewCost(began time.Time) *Cost {
	first := began.UnixNano() / int64(slotLength)
	return &Cost{first: first, next: first, toll: newToll()}
}

// Impact sums up what failed from the begin of an incident until then.
func (t *Tracker) Impact(c *Cost, until time.Time) Impact {
	last := until.UnixNano() / int64(slotLength)
	c.next = max(c.next, last-impactSlots+1)
	before, known := t.before(c.first)
	sum := &Cost{first: c.first, next: c.next, toll: newToll(), done: c.done, expected: c.expected}
	sum.toll.merge(c.toll)
	for ; sum.next <= last; sum.next++ {
		for _, into := range []*Cost{c, sum} {
			if into == c && sum.next > last-impactSlots/2 {
				continue // may still change
			}
			t.gather(into, sum.next, before, known)
		}
	}
	c.next = max(c.next, last-impactSlots/2+1)
	return t.summary(sum, float64(max(1, last-c.first+1)))
}

// before is the value of successes in a slot shortly before, and whether that is known.
func (t *Tracker) before(first int64) (float64, bool) {
	var m mean
	for i := range t.slots {
		if s := &t.slots[i]; s.index > 0 && s.index < first {
			m.add(s.value)
		}
	}
	return m.value, m.n > 0
}

// gather adds a slot to a cost.
func (t *Tracker) gather(c *Cost, index int64, before float64, known bool) {
	hour := t.usual.perSlot[hourOf(index)]
	if hour.n < float64(time.Hour/slotLength)/2 && known {
		hour.value = before // that hour of the week is not known yet
	}
	c.expected += hour.value
	if s := &t.slots[index%impactSlots]; s.index == index {
		c.done += s.value
		if s.toll != nil {
			c.toll.merge(s.toll)
		}
	}
}

func (t *Tracker) summary(c *Cost, slots float64) Impact {
	order := t.usual.orders.value
	out := Impact{Failed: c.toll.failed, Business: c.toll.business, Regions: ranked(c.toll.regions)}
	for i := range t.slots {
		out.Currency = cmp.Or(out.Currency, t.slots[i].currency)
	}
	out.Users, out.Sessions = c.toll.users.Estimate().Value, c.toll.sessions.Estimate().Value
	out.Lost = c.toll.value + float64(c.toll.business-c.toll.valued)*order
	out.AtRisk = max(0, c.expected-c.done, out.Lost) * float64(time.Hour/slotLength) / slots
	out.Customers = c.toll.told(order)
	return out
}

// ranked are the names, most counted first.
func ranked(counts map[string]int64) []string {
	out := make([]string, 0, len(counts))
	for name := range counts {
		out = append(out, name)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return out
}

func (t *toll) told(order float64) []Customer {
	out := make([]Customer, 0, len(t.customers))
	for id, c := range t.customers {
		if c.value == 0 {
			c.value = float64(c.failed) * order
		}
		out = append(out, Customer{Pseudonym: id, Failed: c.failed, Value: c.value, Cart: c.cart})
	}
	slices.SortFunc(out, func(a, b Customer) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Pseudonym, b.Pseudonym))
	})
	return out[:min(len(out), impactCustomers)]
}
