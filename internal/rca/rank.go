package rca

import (
	"math"
	"slices"
	"strings"
	"time"
)

const (
	suspectsTold = 10
	leadsTold    = 8
	lateOnset    = 24 // steps by which a given onset may be late
	soonest      = 4  // steps that a window must at least hold after its begin
)

// Rank says what caused the trouble of a window, best hypothesis first. It changes nothing. An onset that is some two
// minutes late or early costs nothing: where the window begins is judged anew by where most is explained.
func (e *Engine) Rank(w Window) Diagnosis {
	if w.End.IsZero() {
		w.End = time.Unix(0, e.watermark).UTC()
	}
	end := e.step(w.End.UnixNano()-1) + 1
	latest := end - soonest
	earliest := min(max(e.step(w.Onset.UnixNano())-lateOnset, end-ringBins+soonest), latest)
	j := e.judgement(e.timeOf(earliest))
	s, list := e.best(earliest, latest, end, j)
	e.breakTie(list, s)
	d := Diagnosis{Window: Window{Onset: time.Unix(0, e.timeOf(s.from)).UTC(), End: w.End}}
	g := e.graph()
	for i, x := range list {
		if i == suspectsTold || x.score <= 0 {
			break
		}
		d.Hypotheses = append(d.Hypotheses, e.hypothesis(x, list[0], s, g))
	}
	believed := e.options.Threshold * 2 / 3
	d.None = len(d.Hypotheses) == 0 || d.Hypotheses[0].Score < believed
	shareOut(d.Hypotheses, believed)
	return d
}

// shareOut divides belief among the hypotheses and none of them.
func shareOut(list []Hypothesis, none float64) {
	if len(list) == 0 {
		return
	}
	top := max(list[0].Score, none)
	sum := math.Exp(none - top)
	for i := range list {
		list[i].Share = math.Exp(list[i].Score - top)
		sum += list[i].Share
	}
	for i := range list {
		list[i].Share /= sum
	}
}

func (e *Engine) hypothesis(x, top *suspect, s *scene, g *graph) Hypothesis {
	h := Hypothesis{Service: x.service, Kind: x.class, Score: x.score, Path: g.path(x.service)}
	explained := g.shares(top.service)[x.service]
	for i := range x.leads {
		l := &x.leads[i]
		if len(h.Evidence) < leadsTold {
			f := e.finding(l, x, s)
			if x != top && explained > 0 && top.own >= x.own {
				f.ExplainedBy = top.service
			}
			h.Evidence = append(h.Evidence, f)
		}
		if p := l.points; p != nil && h.Pod == "" {
			h.Pod = p.key.pod
		}
		if l.series == nil {
			continue
		}
		switch k := l.series.key; {
		case l.kind == evStatement && h.Statement == "" && x.class == CauseDatabase:
			h.Statement = k.item
		case l.kind != evGap && k.service == x.service && h.Operation == "":
			h.Operation = k.operation
		}
	}
	h.Indicator = indicator(x)
	h.Pod, h.Host = e.pod(x.service, h.Pod, s)
	h.Against = against(x)
	return h
}

// indicator says what to look at.
func indicator(x *suspect) string {
	switch x.class {
	case CauseCPU:
		if x.evidence[evCPU] > 0 {
			return "cpu utilization"
		}
		return "cpu: own time per request"
	case CauseMemory:
		return "memory utilization"
	case CauseDisk:
		return "disk io"
	case CauseNetwork:
		return "network latency: client less server duration"
	case CauseDatabase:
		return "database: statement duration"
	case CauseDependency:
		return "dependency: duration of calls to " + foreign(x)
	case CauseDead:
		return "dead: calls not answered"
	case CauseTraffic:
		return "traffic: request rate"
	default:
		for _, l := range x.leads {
			switch {
			case l.kind == evErrors:
				return "errors: error rate"
			case l.series != nil && l.series.key.signal == sigLogs:
				return "code: log template"
			case l.series != nil && l.series.key.signal == sigSpans:
				return "code: spans of an operation"
			}
		}
		return "code: operation"
	}
}

// foreign names whom a service waits for, which makes no spans.
func foreign(x *suspect) string {
	for _, l := range x.leads {
		if l.kind == evForeign {
			return l.series.key.item
		}
	}
	return "others"
}

// pod names the pod that departs furthest from the usual, where there are several, and its host.
func (e *Engine) pod(service, hint string, s *scene) (pod, host string) {
	var only []string
	worst, factor := "", 0.0
	for _, k := range e.pods.Keys() {
		if k.service != service || k.pod == "" {
			continue
		}
		only = append(only, k.pod)
		if x, ok := e.table.peek(key{signal: sigPod, service: service, item: k.pod}); ok {
			if c, ok := x.contrasted(s.from, s.to, &e.quiet); ok && oneSided(c) > factor {
				worst, factor = k.pod, oneSided(c)
			}
		}
	}
	switch {
	case len(only) == 1:
		pod = only[0]
	case worst != "":
		pod = worst
	default:
		pod = hint
	}
	host, _ = e.pods.Peek(podKey{service, pod})
	return pod, host
}

// kindNames says in words what each kind of evidence is.
var kindNames = [evKinds]string{
	"own time per request", "statement duration", "time lost on calls", "behaviour", "shares of behaviour", "errors", "cpu",
	"memory", "disk", "network", "latency", "answers", "traffic", "calls of others",
}

// against lists what a fault of its class should have shown and did not.
func against(x *suspect) (out []Finding) {
	for k, likely := range shows[x.class] {
		if likely >= .5 && x.evidence[k] < 0 {
			out = append(out, Finding{
				ID: "against|" + x.service + "|" + kindNames[k], Service: x.service, Entity: kindNames[k] + " as usual",
				Surprise: x.evidence[k], Cause: x.class,
			})
		}
	}
	return out
}

// signals are the public names of what series measure.
var signals = [sigKinds]Signal{
	SignalRate, SignalRate, SignalRate, SignalErrors, SignalErrors, SignalSpans, SignalLogs, SignalLatency, SignalSelfTime,
	SignalGap, SignalStatement, SignalSelfTime, SignalCall,
}

// finding tells a lead.
func (e *Engine) finding(l *lead, x *suspect, s *scene) Finding {
	f := Finding{
		ID: l.id(), Service: x.service, Value: l.contrast.value, Expected: l.contrast.usual, Surprise: l.contrast.factor,
		Samples: int(l.contrast.n), Since: time.Unix(0, e.timeOf(s.from)).UTC(), Cause: x.class, Unit: "1",
	}
	if p := l.points; p != nil {
		f.Signal, f.Service, f.Pod, f.Host = SignalMetric, p.key.service, p.key.pod, p.key.host
		f.Entity, f.Unit = strings.TrimSpace(p.key.metric+" "+p.key.series), ""
		if l.kind == evErrors {
			f.Signal = SignalErrors
		}
		return f
	}
	k := l.series.key
	f.Signal, f.Service, f.Entity = signals[k.signal], k.service, k.operation
	switch k.signal {
	case sigGap, sigUnanswered, sigForeign:
		f.Entity = strings.TrimSpace(k.service + " -> " + k.item + " " + k.operation)
	case sigStatement:
		f.Entity = k.item
	case sigSpans:
		f.Entity = k.operation + " > " + k.item
	case sigLogs:
		f.Entity = l.series.text
	default:
	}
	if k.signal >= sigLatency {
		f.Unit = "s"
	}
	f.Since = time.Unix(0, e.timeOf(e.departed(l.series, s))).UTC()
	return f
}

// departed finds the step from which on a series departs from its normal.
func (e *Engine) departed(x *series, s *scene) int32 {
	best, at := math.Inf(-1), s.from
	for from := s.from - lookEvery; from < s.to-1; from++ {
		if c, ok := x.contrasted(from, s.to, &e.quiet); ok && c.factor > best {
			best, at = c.factor, from
		}
	}
	return at
}

func sortEdges(edges []Edge) {
	slices.SortFunc(edges, func(a, b Edge) int {
		return strings.Compare(a.Client+"\x00"+a.Server, b.Client+"\x00"+b.Server)
	})
}
