package incident

import "math"

// past remembers the latest incidents of one scope: which alerts fired in each.
type past struct {
	ring  [][]uint64
	next  int
	count map[uint64]int // incidents of the ring an alert fired in
	used  uint64         // when it was last asked for, in calls
}

const (
	pastIncidents = 256  // remembered of a scope
	pastAlerts    = 1024 // remembered of an incident
	noviceFires   = 0.5  // chance that an alert fires in an incident, believed before the first: neutral
	noviceTrust   = 1.0  // in incidents
)

func newPast() *past { return &past{count: map[uint64]int{}} }

// learn takes in the alerts of an incident, each once.
func (p *past) learn(keys []uint64) {
	keys = keys[:min(len(keys), pastAlerts)]
	for _, k := range keys {
		p.count[k]++
	}
	if len(p.ring) < pastIncidents {
		p.ring = append(p.ring, keys)
		return
	}
	for _, k := range p.ring[p.next] {
		if p.count[k]--; p.count[k] == 0 {
			delete(p.count, k)
		}
	}
	p.ring[p.next] = keys
	p.next = (p.next + 1) % pastIncidents
}

// prior is the chance that an alert fires in an incident.
func (p *past) prior(key uint64) float64 {
	return clamp((float64(p.count[key]) + noviceFires*noviceTrust) / (float64(len(p.ring)) + noviceTrust))
}

// silent is the sum of ln(1-prior) over the alerts that are known but did not fire.
func (p *past) silent(fired map[uint64]bool) float64 {
	sum := 0.0
	for k := range p.count {
		if !fired[k] {
			sum += math.Log(1 - p.prior(k))
		}
	}
	return sum
}

// rarity weighs an alert: what fires in every incident tells none from another.
func (p *past) rarity(key uint64) float64 { return -math.Log(p.prior(key)) }

// likeness weighs each remembered incident by how much of what is known of another it shares.
func (p *past) likeness(known map[uint64]bool) []float64 {
	total := 0.0
	for k := range known {
		total += p.rarity(k)
	}
	weights := make([]float64, len(p.ring))
	for i, keys := range p.ring {
		shared, all := 0.0, total
		for _, k := range keys {
			r := p.rarity(k)
			if known[k] {
				shared += r
			} else {
				all += r
			}
		}
		if all > 0 {
			weights[i] = shared / all * shared / all
		}
	}
	return weights
}

// profile is the chance of each alert to fire in an incident that shares those known.
func (p *past) profile(known map[uint64]bool, asked []uint64) map[uint64]float64 {
	out := make(map[uint64]float64, len(asked))
	for _, k := range asked {
		out[k] = 0
	}
	total := 0.0
	for i, w := range p.likeness(known) {
		total += w
		if w == 0 {
			continue
		}
		for _, k := range p.ring[i] {
			if v, ok := out[k]; ok {
				out[k] = v + w
			}
		}
	}
	base := 0.05*total + 0.01
	for k, v := range out {
		out[k] = clamp((v + base*p.prior(k)) / (total + base))
	}
	return out
}

func clamp(p float64) float64 { return min(max(p, 0.002), 0.97) }
