package rca

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// evidenceKind is one way in which a service can be seen to be in trouble.
type evidenceKind uint8

const (
	evSelf      evidenceKind = iota // its own work takes longer
	evStatement                     // its database calls take longer
	evGap                           // its calls, in and out, lose time on the way
	evBehave                        // it does what it never did, or no longer what it always did
	evMix                           // it does the same things in other shares
	evErrors
	evCPU
	evMemory
	evDisk
	evNetwork
	evLatency // metrics of latency
	evDead    // it does not answer
	evTraffic // more is asked of the system
	evForeign // its calls of those who make no spans take longer
	evKinds
)

// pool is the evidence of several series, any one of which may be the one that shows a change. Were they independent, the
// mean of their Bayes factors would be theirs together; were they all the same, the largest. They are in between, and so
// is their value: the geometric mean of both.
type pool struct{ best, sum, n float64 }

func (p *pool) add(f float64) {
	if p.n == 0 || f > p.best {
		p.sum = p.sum*math.Exp(p.best-f) + 1
		p.best = f
	} else {
		p.sum += math.Exp(f - p.best)
	}
	p.n++
}

func (p *pool) value() float64 {
	if p.n == 0 {
		return 0
	}
	return p.best + math.Log(p.sum/p.n)/2
}

// lead is one series that stands out.
type lead struct {
	series   *series // of traces and logs, or
	points   *points // of metrics
	kind     evidenceKind
	contrast contrast
}

// suspect is a service and what speaks for its being in trouble.
type suspect struct {
	service  string
	pools    [evKinds]pool
	evidence [evKinds]float64 // logarithms of Bayes factors
	leads    []lead
	traced   bool // its work is seen in traces
	class    Cause
	byClass  map[Cause]float64
	own      float64 // evidence of its own
	score    float64 // with what it explains of others
}

// route is a call from one service to another.
type route struct{ client, server string }

// scene is all there is to see of a stretch of time against the quiet before it.
type scene struct {
	from, to int32
	suspects map[string]*suspect
	names    []string // of suspects, sorted
	gaps     map[route]*pool
	routes   []route // of gaps, sorted
}

func (s *scene) of(service string) *suspect {
	x := s.suspects[service]
	if x == nil {
		x = &suspect{service: service}
		s.suspects[service] = x
	}
	return x
}

// notable is the evidence from which on a series is worth telling.
const notable = 1

func (x *suspect) weigh(kind evidenceKind, l lead) {
	x.pools[kind].add(l.contrast.factor)
	if l.contrast.factor >= notable {
		l.kind = kind
		x.leads = append(x.leads, l)
	}
}

// look compares a stretch of steps with the quiet before it.
func (e *Engine) look(from, to int32, j *judge) *scene {
	s := &scene{from: from, to: to, suspects: map[string]*suspect{}, gaps: map[route]*pool{}}
	known := from >= e.watch.firstTrace+knownAfter
	for _, series := range e.compared() {
		if !known {
			break // the first minutes of traces are not enough to know a normal by
		}
		if c, ok := series.contrasted(from, to, &e.quiet); ok {
			s.weighSeries(series, c)
		}
	}
	for _, p := range j.order {
		if p.trait.kind == evLatency && s.suspects[p.key.service] != nil && s.suspects[p.key.service].traced {
			continue // traces tell its own work from waiting
		}
		s.weighPoints(j, p, e.timeOf(from), e.timeOf(to))
	}
	s.settle()
	return s
}

func (s *scene) weighSeries(x *series, c contrast) {
	l := lead{series: x, contrast: c}
	switch x.key.signal {
	case sigSelf:
		s.weighRise(x.key.service, evSelf, l)
	case sigStatement:
		s.weighRise(x.key.service, evStatement, l)
	case sigForeign:
		s.weighRise(x.key.service, evForeign, l)
	case sigErrors:
		s.weighRise(x.key.service, evErrors, l)
	case sigUnanswered:
		s.weighRise(x.key.item, evDead, l)
		s.of(x.key.item).traced = true
	case sigRate:
		if x.key.item == fromOutside {
			s.weighRise(x.key.service, evTraffic, l)
		}
	case sigGap:
		l.contrast.factor = oneSided(c)
		r := route{x.key.service, x.key.item}
		if s.gaps[r] == nil {
			s.gaps[r] = &pool{}
			s.routes = append(s.routes, r)
		}
		s.gaps[r].add(l.contrast.factor)
		if l.contrast.factor >= notable {
			l.kind = evGap
			s.of(r.client).leads = append(s.of(r.client).leads, l)
			s.of(r.server).leads = append(s.of(r.server).leads, l)
		}
	case sigSpans, sigLogs:
		if l.contrast.factor > 0 {
			l.contrast.factor *= x.gravity(c.rises)
		}
		kind := evBehave
		if c.mixed && !(c.rises && x.bad()) {
			kind = evMix
		}
		s.of(x.key.service).weigh(kind, l)
	default:
		return
	}
	s.of(x.key.service).traced = true
}

// weighRise weighs what shows trouble by rising only: a fall is no sign of it.
func (s *scene) weighRise(service string, kind evidenceKind, l lead) {
	l.contrast.factor = oneSided(l.contrast)
	s.of(service).weigh(kind, l)
}

func oneSided(c contrast) float64 {
	if c.rises {
		return c.factor
	}
	return min(c.factor, 0)
}

// gravity weighs a change of behaviour: trouble makes bad things appear and good things vanish. The way back from trouble
// looks the other way round.
func (s *series) gravity(appears bool) float64 {
	switch bad := s.bad(); {
	case bad && !appears:
		return .2
	case !bad && appears:
		return .5
	default:
		return 1
	}
}

// bad says whether a span or log statement is about something gone wrong, by its words.
func (s *series) bad() bool {
	text := s.text
	if text == "" {
		text = s.key.item
	}
	text = strings.ToLower(text)
	for _, word := range []string{"error", "exception", "fail", "fatal", "panic", "refused", "timeout", "timed out"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

func (s *scene) weighPoints(j *judge, p *points, from, to int64) {
	value, deviation, strays, ok := j.worst(p, from, to)
	if !ok {
		return
	}
	f := factorOf(surprise(j.null[p.key.metric], deviation))
	switch {
	case deviation <= 1:
		f = calmMetric
	case strays < 2 && p.trait.kind != evErrors:
		f = min(f, hiccupTop)
	}
	s.of(p.key.service).weigh(p.trait.kind, lead{points: p, contrast: contrast{
		value: value, usual: j.usual[p].centre, n: float64(strays), rises: value > j.usual[p].centre, factor: f,
	}})
}

// settle sums up the evidence of each service. Time lost on a call speaks for both ends of it: for the one all of whose
// calls lose time, and against the one whose other calls do not.
func (s *scene) settle() {
	for name, x := range s.suspects {
		s.names = append(s.names, name)
		for k := range x.pools {
			x.evidence[k] = x.pools[k].value()
		}
		slices.SortStableFunc(x.leads, func(a, b lead) int {
			return cmp.Or(cmp.Compare(b.contrast.factor, a.contrast.factor), cmp.Compare(a.id(), b.id()))
		})
	}
	slices.Sort(s.names)
	slices.SortFunc(s.routes, func(a, b route) int {
		return cmp.Or(cmp.Compare(a.client, b.client), cmp.Compare(a.server, b.server))
	})
	const shown = .8 // of a service's calls that lose time if its network does
	for _, r := range s.routes {
		f := math.Log(1 - shown + shown*math.Exp(min(s.gaps[r].value(), ceiling)))
		s.of(r.client).evidence[evGap] += f
		s.of(r.server).evidence[evGap] += f
	}
}

// id names what a lead is about, the same as long as the engine knows it.
func (l *lead) id() string {
	if p := l.points; p != nil {
		return strings.Join([]string{"metric", p.key.service, p.key.pod, p.key.metric, p.key.series}, "|")
	}
	k := l.series.key
	item := k.item
	if l.series.text != "" {
		item = l.series.text
	}
	return strings.Join([]string{string(signals[k.signal]), k.service, k.operation, item}, "|")
}
