package rca

import (
	"math"
	"slices"
	"sort"
	"strings"
)

const (
	ringPoints   = 64 // values of a metric that are kept
	fewestPoints = 8
	scrapeDelay  = 5e9 // nanoseconds from a fault to the first scrape that can show it
)

type pointKey struct{ service, pod, host, metric, series string }

// points is the recent past of a metric.
type points struct {
	key   pointKey
	trait trait
	at    [ringPoints]int64
	value [ringPoints]float64
	next  int // slot that is written next
	count int
}

func (p *points) is(k pointKey) bool { return p.key == k }

func (p *points) add(t int64, v float64) {
	if p.count > 0 && t <= p.at[(p.next+ringPoints-1)%ringPoints] {
		return // a double, or too late
	}
	p.at[p.next], p.value[p.next] = t, v
	p.next = (p.next + 1) % ringPoints
	p.count = min(p.count+1, ringPoints)
}

// each visits the values from the newest to the oldest.
func (p *points) each(visit func(t int64, v float64) bool) {
	for i := range p.count {
		slot := (p.next - 1 - i + 2*ringPoints) % ringPoints
		if !visit(p.at[slot], p.value[slot]) {
			return
		}
	}
}

// trait is what a metric's name says of it.
type trait struct {
	kind  evidenceKind
	falls bool    // trouble shows in a fall
	least float64 // change that matters to anyone, on the metric's own scale
	short float64 // value below which there is no want of it
	plain bool    // without its limit: it counts if there is none with it
	used  bool
}

// traits are looked for in a metric's name, the first one that fits decides.
var traits = []struct {
	word  string
	trait trait
}{
	{"node", trait{}}, // a host is everybody's: it decides nothing between services
	{"working_set", trait{kind: evMemory, used: true, plain: true}},
	{"memory.usage", trait{kind: evMemory, used: true, plain: true}},
	{"memory.rss", trait{kind: evMemory, used: true, plain: true}},
	{"cpu.usage", trait{kind: evCPU, used: true, plain: true}},
	{"cpu.time", trait{kind: evCPU, used: true, plain: true}},
	{"cpu", trait{kind: evCPU, used: true}},
	{"memory", trait{kind: evMemory, used: true}},
	{"heap", trait{kind: evMemory, used: true}},
	{"disk", trait{kind: evDisk, used: true}},
	{"filesystem", trait{kind: evDisk, used: true}},
	{"fs_", trait{kind: evDisk, used: true}},
	{"fs.", trait{kind: evDisk, used: true}},
	{"network.error", trait{kind: evNetwork, used: true}},
	{"network.drop", trait{kind: evNetwork, used: true}},
	{"retrans", trait{kind: evNetwork, used: true}},
	{"network", trait{kind: evNetwork, used: true}},
	{"socket", trait{kind: evNetwork, used: true}},
	{"connection", trait{kind: evStatement, used: true}},
	{"lock", trait{kind: evStatement, used: true}},
	{"restart", trait{kind: evDead, used: true, least: .5}},
	{"success", trait{kind: evErrors, falls: true, used: true}},
	{"error", trait{kind: evErrors, used: true}},
	{"fail", trait{kind: evErrors, used: true}},
	{"duration", trait{kind: evLatency, used: true}},
	{"latency", trait{kind: evLatency, used: true}},
}

func traitOf(metric string) trait {
	name := strings.ToLower(metric)
	for _, t := range traits {
		if !strings.Contains(name, t.word) {
			continue
		}
		found := t.trait
		switch {
		case found.least > 0:
		case strings.Contains(name, "utilization"):
			found.least, found.short = .1, .4
		case strings.Contains(name, "ratio"):
			found.least = .01
		}
		return found
	}
	return trait{}
}

// CauseOf is the kind of cause that a metric speaks for by its name: code, unless it measures a resource.
func CauseOf(metric string) Cause {
	switch t := traitOf(metric); {
	case !t.used:
		return CauseCode
	case t.kind == evCPU:
		return CauseCPU
	case t.kind == evMemory:
		return CauseMemory
	case t.kind == evDisk:
		return CauseDisk
	case t.kind == evNetwork:
		return CauseNetwork
	case t.kind == evStatement:
		return CauseDatabase
	case t.kind == evDead:
		return CauseDead
	}
	return CauseCode
}

// plainRise is how many times its usual value a resource without a limit must reach to matter.
const plainRise = 1.5

// resource is what a pod may run short of.
type resource struct {
	service, pod string
	kind         evidenceKind
}

func (p *points) resource() resource { return resource{p.key.service, p.key.pod, p.trait.kind} }

// usual is the centre and the spread of a metric in the quiet.
type usual struct{ centre, spread float64 }

// judge knows what metrics usually are, and how far those of one name stray from that in the quiet.
type judge struct {
	usual map[*points]usual
	order []*points            // of usual
	null  map[string][]float64 // metric name to sorted deviations
	until int64
}

// judgement learns from the quiet before a time.
func (e *Engine) judgement(until int64) *judge {
	j := &judge{usual: make(map[*points]usual, e.points.len()), null: map[string][]float64{}, until: until}
	limited := map[resource]bool{}
	for _, p := range e.points.all() {
		if p.trait.short > 0 {
			limited[p.resource()] = true
		}
	}
	values := make([]float64, 0, ringPoints)
	scratch := make([]float64, 0, ringPoints)
	for _, p := range e.points.all() {
		if !p.trait.used || p.key.service == "" || p.trait.plain && limited[p.resource()] {
			continue
		}
		values = values[:0]
		p.each(func(t int64, v float64) bool {
			if t <= until && e.quiet.at(e.step(t)) {
				values = append(values, v)
			}
			return true
		})
		if len(values) < fewestPoints {
			continue
		}
		centre, spread := middle(values, scratch)
		if spread += .05*math.Abs(centre) + p.trait.least/2; p.trait.least > 0 && p.trait.least < .05 {
			spread -= .05 * math.Abs(centre) // a ratio near one
		}
		if spread == 0 {
			continue
		}
		j.usual[p] = usual{centre, spread}
		j.order = append(j.order, p)
		for _, v := range values {
			j.null[p.key.metric] = append(j.null[p.key.metric], p.trait.deviation(v-centre, spread))
		}
	}
	for _, deviations := range j.null {
		sort.Float64s(deviations)
	}
	return j
}

// deviation is positive towards trouble.
func (t trait) deviation(change, spread float64) float64 {
	if t.falls {
		change = -change
	}
	return change / spread
}

// farOut is the deviation from which on a value strays. One of a resource that strays alone may
// be a hiccup: it counts for less.
const (
	farOut    = 3
	hiccupTop = 6.
	// calmMetric is the evidence of a metric that stays where it was: against trouble, but a scrape may come too early.
	calmMetric = -2.
)

// recentPoints are as many values as show where a metric was shortly before a stretch.
const recentPoints = 5

// recent is the median of the last values before a time.
func (p *points) recent(until int64) (median float64, ok bool) {
	var buffer [recentPoints]float64
	values := buffer[:0]
	p.each(func(t int64, v float64) bool {
		if t <= until {
			values = append(values, v)
		}
		return len(values) < recentPoints
	})
	if len(values) == 0 {
		return 0, false
	}
	slices.Sort(values)
	return values[len(values)/2], true
}

// worst finds the value of a stretch that strays furthest towards trouble, from what is usual and from what was shortly
// before: a level that was reached long before the trouble did not bring it.
func (j *judge) worst(p *points, from, to int64) (value, deviation float64, strays int, ok bool) {
	u, known := j.usual[p]
	if !known {
		return 0, 0, 0, false
	}
	recent, known := p.recent(from - int64(metricGuard))
	if !known {
		recent = u.centre
	}
	p.each(func(t int64, v float64) bool {
		if t <= from+scrapeDelay {
			return false
		}
		if t > to {
			return true
		}
		if !ok {
			value = v
		}
		ok = true
		if p.trait.plain && v < plainRise*u.centre {
			return true
		}
		if math.Abs(v-u.centre) < p.trait.least || v < p.trait.short {
			return true
		}
		d := min(p.trait.deviation(v-u.centre, u.spread), p.trait.deviation(v-recent, u.spread))
		if d > farOut {
			strays++
		}
		if d > deviation {
			value, deviation = v, d
		}
		return true
	})
	return value, deviation, strays, ok
}

// surprise is -ln P(D >= d) by the past of all metrics of a name, continued by a Pareto tail beyond the largest fiftieth
// (Hill, Annals of Statistics 1975), with a prior of five exceedances.
func surprise(past []float64, d float64) float64 {
	n := len(past)
	if n < 20 {
		return 0
	}
	tail := max(n/50, 5)
	begin := max(past[n-1-tail], .5)
	if d <= begin {
		above := n - sort.SearchFloat64s(past, d)
		return -math.Log((float64(above) + .5) / (float64(n) + 1))
	}
	var excess float64
	for _, v := range past[n-tail:] {
		excess += math.Log(max(v, begin) / begin)
	}
	const prior, priorIndex = 5, 2
	index := (float64(tail) + prior) / (excess + prior/priorIndex)
	return -math.Log((float64(tail)+.5)/(float64(n)+1)) + math.Log(d/begin)*index
}

// factorOf turns a surprise into the logarithm of the largest Bayes factor it can stand for (Sellke, Bayarri and Berger,
// The American Statistician 2001).
func factorOf(surprise float64) float64 { return surprise - 1 - math.Log(max(surprise, 1)) }

// middle is the median and the scaled median absolute deviation.
func middle(values, scratch []float64) (median, spread float64) {
	v := scratch[:copy(scratch[:len(values)], values)]
	slices.Sort(v)
	median = v[len(v)/2]
	for i := range v {
		v[i] = math.Abs(v[i] - median)
	}
	slices.Sort(v)
	return median, 1.4826 * v[len(v)/2]
}
