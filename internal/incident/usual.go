package incident

import (
	"maps"
	"slices"
	"time"
)

// usual learns what business is like at each hour of the week, in hours that were not disturbed or not yet known to be,
// and what a business event is worth.
type usual struct {
	perSlot [168]mean // value of successes
	orders  mean      // value of one business event, of whatever kind
	kinds   map[string]*price
}

// price is what business events of a kind are usually worth.
type price struct {
	all     mean
	regions map[string]*mean
}

type mean struct {
	n     float64
	value float64
}

// forget is how many slots a mean remembers: about four weeks of one hour. It is how many business events a price does.
const forget = 4 * float64(time.Hour/slotLength)

// Of a price.
const (
	maxPriced   = 64 // kinds
	regionTrust = 30 // business events of a region that count as much as what all regions say
)

func (m *mean) add(v float64) {
	m.n = min(m.n+1, forget)
	m.value += (v - m.value) / m.n
}

func (u *usual) learn(s *slot) { u.perSlot[hourOf(s.index)].add(s.value) }

func hourOf(index int64) int { return int(index*int64(slotLength)/int64(time.Hour)) % 168 }

// price takes in what a business event was worth; one that does not say so tells nothing.
func (u *usual) price(kind, region string, value float64) {
	if value <= 0 {
		return
	}
	u.orders.add(value)
	p := u.kinds[kind]
	if p == nil {
		if len(u.kinds) >= maxPriced {
			return
		}
		p = &price{regions: map[string]*mean{}}
		if u.kinds == nil {
			u.kinds = map[string]*price{}
		}
		u.kinds[kind] = p
	}
	p.all.add(value)
	m := p.regions[region]
	if m == nil {
		if len(p.regions) >= impactRegions {
			return
		}
		m = &mean{}
		p.regions[region] = m
	}
	m.add(value)
}

// worth is what a business event of a kind is usually worth in a region; 0 if none of its kind has said so yet. A region
// with few counts for less than all regions do.
func (u *usual) worth(kind, region string) float64 {
	p := u.kinds[kind]
	if p == nil {
		return 0
	}
	m := p.regions[region]
	if m == nil {
		return p.all.value
	}
	return (m.n*m.value + regionTrust*p.all.value) / (m.n + regionTrust)
}

func (u *usual) savePrices() []PriceMemory {
	out := make([]PriceMemory, 0, len(u.kinds))
	for _, kind := range slices.Sorted(maps.Keys(u.kinds)) {
		p := u.kinds[kind]
		m := PriceMemory{Kind: kind, All: p.all.save(), Regions: map[string]MeanMemory{}}
		for region, r := range p.regions {
			m.Regions[region] = r.save()
		}
		out = append(out, m)
	}
	return out
}

func (u *usual) restorePrices(list []PriceMemory) {
	u.kinds = map[string]*price{}
	for i := range list[:min(len(list), maxPriced)] {
		p := &price{all: list[i].All.mean(), regions: map[string]*mean{}}
		for region, m := range list[i].Regions {
			known := m.mean()
			p.regions[region] = &known
		}
		u.kinds[list[i].Kind] = p
	}
}
