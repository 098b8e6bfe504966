package simulate

import (
	"math"
	"time"
)

// Where and how strongly the scenarios strike.
const (
	hotRegion    = 1 // busan
	hotFactor    = 4.0
	leakRegion   = 0 // seoul
	leakPod      = 2
	floodRegion  = 2 // incheon
	floodAddress = "203.0.113.199"
	floodAgent   = "python-requests/2.32.3"
	floodEvery   = 500 * time.Millisecond // 120 a minute
)

// never is later than any simulated time: a user who is in the shop, or part of a duplicate log-in, is not drawn again.
const never = math.MaxInt64

// leaking returns the application server whose heap leaks during a memory ramp.
func (g *Generator) leaking() *machine { return g.regions[leakRegion].apps[leakPod] }

// plan takes a scenario up and writes down what it will hit, as far as that is known beforehand.
func (g *Generator) plan(p plan) {
	g.plans = append(g.plans, p)
	target := map[string]string{}
	switch p.kind {
	case Fault:
		target["service.name"], target["db.namespace"] = "shop-payment", paymentDatabase
	case LoginFlood:
		target["client.address"] = floodAddress
	case MemoryRamp:
		for _, a := range g.leaking().resource.Attrs {
			if a.Key == "k8s.pod.name" || a.Key == "host.name" || a.Key == "service.name" {
				target[a.Key] = a.Value.(string)
			}
		}
	case HotSpot:
		target["braid.region"] = g.regions[hotRegion].name
	case DuplicateLogin:
		return // known when it happens
	}
	g.planted = append(g.planted, Planted{Kind: p.kind, Start: utc(p.from), End: utc(p.to), Target: target})
}

// runScenarios does what scenarios do by themselves in the tick that ends at until.
func (g *Generator) runScenarios(until int64) {
	for i := range g.plans {
		p := &g.plans[i]
		switch p.kind {
		case LoginFlood:
			g.flood(p, until)
		case DuplicateLogin:
			if !p.done && p.active(g.now) {
				p.done = g.duplicate()
			}
		case Fault, MemoryRamp, HotSpot: // change what others do
		}
	}
}

// flood tries passwords at a steady rate. The attacker is no browser, keeps no cookies and never gets in.
func (g *Generator) flood(p *plan, until int64) {
	r := g.regions[floodRegion]
	every := int64(floodEvery)
	k := (max(p.from, g.now) - p.from + every - 1) / every
	for at := p.from + k*every; at < min(until, p.to); at += every {
		number := uint64(at) // its own randomness, beside the visitors' small numbers
		v := &visitor{number: number, rng: stream(g.cfg.Seed, number), region: r, next: at, user: -1, agent: floodAgent, address: floodAddress, visited: 1, left: 1}
		v.app = r.apps[v.rng.IntN(len(r.apps))]
		g.serve(v, refusedLogin)
	}
}

// duplicate logs a user who is in the shop in again from another region. It reports false while nobody suitable is there.
func (g *Generator) duplicate() bool {
	var first *visitor
	for _, v := range g.queue {
		if v.loggedInAs != "" && v.left > 2 && (first == nil || v.number < first.number) {
			first = v
		}
	}
	if first == nil {
		return false
	}
	second := g.arrive(g.regionBeside(first.region), first.user, g.now)
	second.left = max(second.left, 6)
	first.keepsIn, second.keepsIn = true, true
	g.push(second)
	g.planted = append(g.planted, Planted{Kind: DuplicateLogin, Start: utc(g.now), End: utc(g.now), Target: map[string]string{
		"user.id": first.loggedInAs, "session.id": second.session, "session.previous_id": first.session,
	}})
	return true
}

func (g *Generator) regionBeside(r *region) *region {
	for i := range g.regions {
		if g.regions[i] == r {
			return g.regions[(i+1)%len(g.regions)]
		}
	}
	return g.regions[0]
}

func utc(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }
