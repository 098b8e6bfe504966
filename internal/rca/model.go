package rca

import (
	"cmp"
	"math"
	"slices"
)

// shows is how likely a fault of a class shows in each kind of evidence, if the telemetry for it is there. Where a class
// has no entry, rarely holds. This table is judgement, not fit: it is the same for all systems.
var shows = map[Cause][evKinds]float64{
	CauseCPU:      {evSelf: .8, evStatement: .3, evGap: .5, evBehave: .1, evMix: .1, evErrors: .1, evCPU: .8, evMemory: .1, evLatency: .5},
	CauseMemory:   {evSelf: .4, evStatement: .2, evGap: .05, evBehave: .2, evMix: .1, evErrors: .2, evCPU: .3, evMemory: .9, evDead: .1, evLatency: .5},
	CauseDisk:     {evSelf: .4, evStatement: .5, evGap: .05, evBehave: .1, evErrors: .1, evCPU: .1, evDisk: .9, evLatency: .5},
	CauseNetwork:  {evSelf: .1, evStatement: .3, evGap: .9, evBehave: .1, evErrors: .2, evNetwork: .3, evDead: .2, evLatency: .5},
	CauseCode:     {evSelf: .3, evStatement: .1, evGap: .05, evBehave: .9, evMix: .5, evErrors: .3, evCPU: .1, evLatency: .3},
	CauseDatabase: {evSelf: .1, evStatement: .9, evGap: .05, evBehave: .1, evErrors: .2, evLatency: .5},
	CauseDead:     {evGap: .1, evBehave: .1, evErrors: .3, evDead: .9, evLatency: .2},
	CauseTraffic:  {evSelf: .4, evStatement: .3, evGap: .3, evMix: .3, evErrors: .2, evCPU: .5, evLatency: .4, evTraffic: .95},
}

// atFirst is how much less likely a class is than the others before anything is seen, nats.
var atFirst = map[Cause]float64{CauseDead: -1, CauseTraffic: -2}

// classes in the order in which ties are decided.
var classes = []Cause{CauseCode, CauseCPU, CauseNetwork, CauseMemory, CauseDisk, CauseDatabase, CauseDead, CauseTraffic}

const (
	rarely    = .02 // how likely a fault shows where its class has no entry
	surely    = .9  // how likely it shows in what makes the class
	unseen    = 1.5 // evidence that a class needs more if there is no telemetry of what makes it
	ceiling   = 12. // evidence of one kind that counts: beyond it no model is to be believed
	untraced  = 5.  // evidence that a service without traces needs more than one that is seen to take part
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

// callers knows who calls whom.
type callers map[route]bool

func (c callers) reach(from, to string, names []string) bool {
	for _, mid := range names {
		if c[route{from, mid}] && c[route{mid, to}] {
			return true
		}
	}
	return false
}

// explain ranks the suspects by how much of the scene each accounts for: its own evidence, and that of its callers, who
// wait for it or read its answers, and of its callees, which it asks differently. It cannot account for more trouble in
// another than it has itself.
func (s *scene) explain(calls callers) []*suspect {
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
	discount(list, calls)
	for _, x := range list {
		x.score = x.own
		if x.own <= 0 {
			continue
		}
		for _, y := range list {
			if y == x || y.own <= 0 {
				continue
			}
			x.score += share(x, y, calls, s.names) * min(x.own, y.own, y.echo(), ceiling)
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

// share is how much of y's trouble x accounts for.
func share(x, y *suspect, calls callers, names []string) float64 {
	switch {
	case calls[route{y.service, x.service}]:
		return ofCaller
	case calls.reach(y.service, x.service, names):
		return ofCallers
	case calls[route{x.service, y.service}]:
		return ofCallee
	default:
		return 0
	}
}

// discount takes back what speaks for a service only by its doing usual things in other shares, if a caller of it is in
// trouble too: who is asked differently answers differently.
func discount(list []*suspect, calls callers) {
	var asked []*suspect
	for _, x := range list {
		if x.evidence[evMix] <= 0 {
			continue
		}
		for _, y := range list {
			if calls[route{y.service, x.service}] && max(y.evidence[evBehave], y.evidence[evMix]) > x.evidence[evMix]/3 {
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
