package incident

import (
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/sketch"
)

// GrouperMemory is what a grouper learnt, as it is kept over a restart; alerts that are not settled are not in it.
type GrouperMemory struct {
	Durations []float64 // natural logarithms of seconds, oldest first
	Scopes    []ScopeMemory
	Calls     []CallMemory
	Grown     int
	Instances map[string]string // to their services
}

// ScopeMemory is the alerts of the latest incidents of a scope, oldest first.
type ScopeMemory struct {
	Scope     string
	Incidents [][]uint64
}

// CallMemory is a call between services and when it was last seen.
type CallMemory struct {
	Client, Server string
	At             time.Time
}

// Save returns what the grouper learnt.
func (g *Grouper) Save() GrouperMemory {
	m := GrouperMemory{Grown: g.topology.grown, Instances: maps.Clone(g.topology.services)}
	d := g.durations
	for i := max(0, d.n-len(d.ring)); i < d.n; i++ {
		m.Durations = append(m.Durations, d.ring[i%len(d.ring)])
	}
	for scope, p := range g.pasts {
		m.Scopes = append(m.Scopes, ScopeMemory{scope, slices.Concat(p.ring[p.next:], p.ring[:p.next])})
	}
	for edge, at := range g.topology.edges {
		m.Calls = append(m.Calls, CallMemory{edge[0], edge[1], at})
	}
	return m
}

// Restore takes up what was learnt. It is for a grouper that knows nothing yet.
func (g *Grouper) Restore(m *GrouperMemory) {
	for _, d := range m.Durations {
		if !math.IsNaN(d) && !math.IsInf(d, 0) {
			g.durations.learn(math.Exp(d))
		}
	}
	for i := range m.Scopes {
		p := g.past(m.Scopes[i].Scope)
		for _, keys := range m.Scopes[i].Incidents {
			p.learn(keys)
		}
	}
	for _, c := range m.Calls {
		g.topology.Observe(c.Client, c.Server, c.At)
	}
	g.topology.grown = max(m.Grown, 0)
	for instance, service := range m.Instances {
		g.topology.place(instance, service)
	}
}

// TrackerMemory is what a tracker saw, as it is kept over a restart. Who was hit is in it as sketches, sealed.
type TrackerMemory struct {
	Slots   []SlotMemory
	PerSlot []MeanMemory // by hour of the week
	Order   MeanMemory
	Prices  []PriceMemory
	Carts   []CartMemory // least recently seen first
}

// PriceMemory is what business events of a kind are usually worth.
type PriceMemory struct {
	Kind    string
	All     MeanMemory
	Regions map[string]MeanMemory
}

// CartMemory is what a session or user, under a pseudonym, has in the cart.
type CartMemory struct {
	Who   uint64
	Value float64
	Text  string
}

// SlotMemory is what one stretch of 10 s saw.
type SlotMemory struct {
	Index    int64
	Toll     *TollMemory
	Done     int64
	Value    float64
	Currency string
}

// TollMemory is what failures cost.
type TollMemory struct {
	Users, Sessions  [][]byte
	Failed, Business int64
	Value            float64
	Valued           int64
	Regions          map[string]int64
	Customers        []Customer
}

// MeanMemory is a mean and its weight.
type MeanMemory struct{ N, Value float64 }

func (m *mean) save() MeanMemory { return MeanMemory{m.n, m.value} }

func (m MeanMemory) mean() mean { return mean{m.N, m.Value} }

// CostMemory is the impact of an incident so far.
type CostMemory struct {
	First, Next    int64
	Toll           TollMemory
	Done, Expected float64
}

// Subjects of sealed sketches: one cannot be passed off as the other.
const (
	subjectUsers    = "incident users"
	subjectSessions = "incident sessions"
)

// Save returns what the tracker saw.
func (t *Tracker) Save() TrackerMemory {
	m := TrackerMemory{
		Order: t.usual.orders.save(), Prices: t.usual.savePrices(), Carts: t.carts.save(), PerSlot: make([]MeanMemory, 0, len(t.usual.perSlot)),
	}
	for _, u := range t.usual.perSlot {
		m.PerSlot = append(m.PerSlot, u.save())
	}
	for i := range t.slots {
		s := &t.slots[i]
		if s.index == 0 {
			continue
		}
		x := SlotMemory{Index: s.index, Done: s.done, Value: s.value, Currency: s.currency}
		if s.toll != nil {
			toll := t.saveToll(s.toll)
			x.Toll = &toll
		}
		m.Slots = append(m.Slots, x)
	}
	return m
}

// Restore takes up what was seen. It is for a tracker that has seen nothing.
func (t *Tracker) Restore(m *TrackerMemory) error {
	t.usual.orders = m.Order.mean()
	t.usual.restorePrices(m.Prices)
	t.carts.restore(m.Carts)
	for i := range min(len(m.PerSlot), len(t.usual.perSlot)) {
		t.usual.perSlot[i] = m.PerSlot[i].mean()
	}
	var errs []error
	for i := range m.Slots {
		x := &m.Slots[i]
		if x.Index <= 0 {
			continue
		}
		s := slot{index: x.Index, done: x.Done, value: x.Value, currency: x.Currency}
		if x.Toll != nil {
			toll, err := t.restoreToll(x.Toll)
			errs = append(errs, err)
			s.toll = toll
		}
		t.slots[x.Index%impactSlots] = s
	}
	return errors.Join(errs...)
}

func (t *Tracker) saveToll(l *toll) TollMemory {
	m := TollMemory{Failed: l.failed, Business: l.business, Value: l.value, Valued: l.valued, Regions: maps.Clone(l.regions)}
	// Sealing fails on another precision only, and all are of one.
	m.Users, _ = t.hasher.Seal(sketch.Frame{Subject: subjectUsers, Start: time.Unix(0, 0), Tier: slotLength}, &l.users)
	m.Sessions, _ = t.hasher.Seal(sketch.Frame{Subject: subjectSessions, Start: time.Unix(0, 0), Tier: slotLength}, &l.sessions)
	for id, c := range l.customers {
		m.Customers = append(m.Customers, Customer{Pseudonym: id, Failed: c.failed, Value: c.value, Cart: c.cart})
	}
	return m
}

func (t *Tracker) restoreToll(m *TollMemory) (*toll, error) {
	l := newToll()
	l.failed, l.business, l.value, l.valued = m.Failed, m.Business, m.Value, m.Valued
	maps.Copy(l.regions, m.Regions)
	for _, c := range m.Customers {
		l.customers[c.Pseudonym] = customer{c.Failed, c.Value, c.Cart}
	}
	open := func(subject string, frames [][]byte, into *sketch.Sketch) error {
		for _, b := range frames {
			_, s, err := t.hasher.Open(subject, b)
			if err != nil {
				return err
			}
			if err := into.Merge(s); err != nil {
				return err
			}
		}
		return nil
	}
	return l, errors.Join(open(subjectUsers, m.Users, &l.users), open(subjectSessions, m.Sessions, &l.sessions))
}

// SaveCosts returns the impact so far of the incidents told of, by their ids.
func (l *Ledger) SaveCosts() map[string]CostMemory {
	out := map[string]CostMemory{}
	for _, c := range l.cases {
		if c.told {
			out[c.ID] = CostMemory{First: c.cost.first, Next: c.cost.next, Toll: l.impact.saveToll(c.cost.toll), Done: c.cost.done, Expected: c.cost.expected}
		}
	}
	return out
}

// RestoreCosts takes the impact of restored incidents up, as of a time. What was told after that time and is not in it is
// counted on top.
func (l *Ledger) RestoreCosts(costs map[string]CostMemory, at time.Time) error {
	var errs []error
	for _, c := range l.cases {
		m, ok := costs[c.ID]
		if !ok {
			continue
		}
		toll, err := l.impact.restoreToll(&m.Toll)
		errs = append(errs, err)
		c.cost = &Cost{first: m.First, next: m.Next, toll: toll, done: m.Done, expected: m.Expected}
		c.base = c.base.beyond(l.impact.Impact(c.cost, at))
	}
	return errors.Join(errs...)
}

// beyond is what an impact says more than one that is known in full.
func (i Impact) beyond(known Impact) Impact {
	i.Failed = max(0, i.Failed-known.Failed)
	i.Business = max(0, i.Business-known.Business)
	i.Lost = max(0, i.Lost-known.Lost)
	return i
}
