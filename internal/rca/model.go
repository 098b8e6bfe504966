package rca

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// shows is how likely a fault of a class shows in each kind of evidence, if the telemetry for it is there. Where a class
// has no entry, rarely holds. This table is judgement, not fit: it is the same for all systems.
var shows = map[Cause][evKinds]float64{
	CauseCPU:        {evSelf: .8, evStatement: .3, evGap: .5, evBehave: .15, evMix: .1, evErrors: .2, evCPU: .8, evMemory: .1, evLatency: .5},
	CauseMemory:     {evSelf: .4, evStatement: .2, evGap: .05, evBehave: .2, evMix: .1, evErrors: .2, evCPU: .3, evMemory: .9, evDead: .1, evLatency: .5},
	CauseDisk:       {evSelf: .4, evStatement: .5, evGap: .05, evBehave: .15, evErrors: .2, evCPU: .1, evDisk: .9, evLatency: .5},
	CauseNetwork:    {evSelf: .1, evStatement: .3, evGap: .9, evBehave: .15, evErrors: .3, evNetwork: .3, evDead: .2, evLatency: .5, evForeign: .5},
	CauseCode:       {evSelf: .3, evStatement: .03, evGap: .03, evBehave: .9, evMix: .5, evErrors: .3, evCPU: .05, evLatency: .3},
	CauseDatabase:   {evSelf: .1, evStatement: .9, evGap: .03, evBehave: .3, evMix: .1, evErrors: .3, evLatency: .5},
	CauseDependency: {evSelf: .05, evBehave: .3, evErrors: .4, evLatency: .5, evForeign: .9},
	CauseDead:       {evGap: .1, evBehave: .2, evErrors: .3, evDead: .9, evLatency: .2},
	CauseTraffic:    {evSelf: .4, evStatement: .3, evGap: .3, evMix: .3, evErrors: .2, evCPU: .5, evLatency: .4, evTraffic: .95},
}

// atFirst is how much less likely a class is than the others before anything is seen, nats.
var atFirst = map[Cause]float64{CauseDead: -1, CauseTraffic: -2}

// classes in the order in which ties are decided.
var classes = []Cause{CauseCode, CauseCPU, CauseNetwork, CauseMemory, CauseDisk, CauseDatabase, CauseDependency, CauseDead, CauseTraffic}

const (
	rarely    = .02 // how likely a fault shows where its class has no entry
	surely    = .9  // how likely it shows in what makes the class
	unseen    = 1.5 // evidence that a class needs more if there is no telemetry of what makes it
	ceiling   = 12. // evidence of one kind that counts: beyond it no model is to be believed
	untraced  = 6.  // evidence that a service without traces needs more than one that is seen to take part
	ofCaller  = .6  // of a direct caller's trouble that a service in trouble accounts for
	ofCallers = .4  // of a caller's caller's
	ofCallee  = .3  // of a callee's: it is asked differently
)

// believe weighs each class of fault in a service: evidence of each kind comes from the fault, or from nothing.
func (x *suspect) believe() {
	x.byClass = make(map[Cause]float64, len(classes))
	x.own = math.Inf(-1)
	for _, c := range classes {
		sum := atFirst[c]
		for k, likely := range shows[c] {
			switch {
			case x.evidence[k] != 0:
				likely = max(likely, rarely)
				sum += math.Log(1 - likely + likely*math.Exp(min(x.evidence[k], ceiling)))
			case likely >= surely:
				sum -= unseen
			}
		}
		x.byClass[c] = sum
		if sum > x.own {
			x.own, x.class = sum, c
		}
	}
	if !x.traced {
		x.own -= untraced
	}
}

// explain ranks the suspects by how much of the scene each accounts for: its own evidence, and that of its callers, who
// wait for it or read its answers, and of its callees, which it asks differently. It cannot account for more trouble in
// another than it has itself.
func (s *scene) explain(g *graph) []*suspect {
	list := make([]*suspect, 0, len(s.names))
	for _, name := range s.names {
		if name == "" {
			continue
		}
		list = append(list, s.suspects[name])
	}
	for _, x := range list {
		x.believe()
	}
	s.discount(list, g)
	for _, x := range list {
		x.score = x.own
		if x.own <= 0 {
			continue
		}
		shares := g.shares(x.service)
		for _, name := range slices.Sorted(maps.Keys(shares)) {
			y := s.suspects[name]
			if y == nil || y.own <= 0 {
				continue
			}
			if x.class == CauseDead && shares[name] == ofCaller {
				x.score += y.own // who does not answer accounts for all that its callers suffer
				continue
			}
			x.score += shares[name] * min(x.own, y.own, y.echo(), ceiling)
		}
	}
	slices.SortStableFunc(list, func(a, b *suspect) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.service, b.service))
	})
	return list
}

// echo is the evidence of a service that trouble elsewhere can bring about: a service does not work harder or run short of
// memory because one that it calls does.
func (x *suspect) echo() float64 {
	return max(x.evidence[evBehave], x.evidence[evMix], x.evidence[evErrors], x.evidence[evLatency], x.evidence[evGap], x.evidence[evDead], 0)
}

// shares is how much of each neighbour's trouble a service accounts for.
func (g *graph) shares(service string) map[string]float64 {
	shares := map[string]float64{}
	for _, callee := range g.callees[service] {
		shares[callee] = ofCallee
	}
	for _, caller := range g.callers[service] {
		for _, far := range g.callers[caller] {
			shares[far] = max(shares[far], ofCallers)
		}
	}
	for _, caller := range g.callers[service] {
		shares[caller] = ofCaller
	}
	delete(shares, service)
	return shares
}

// discount takes back what speaks for a service only by its doing usual things in other shares, if a caller of it is in
// trouble too: who is asked differently answers differently.
func (s *scene) discount(list []*suspect, g *graph) {
	var asked []*suspect
	for _, x := range list {
		if x.evidence[evMix] <= 0 {
			continue
		}
		for _, caller := range g.callers[x.service] {
			y := s.suspects[caller]
			if y != nil && max(y.evidence[evBehave], y.evidence[evMix]) > x.evidence[evMix]/3 {
				asked = append(asked, x)
				break
			}
		}
	}
	for _, x := range asked {
		x.evidence[evMix] = 0
		x.believe()
	}
}
