package rca

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/braidotel/braid/internal/logtemplate"
)

// Options bound and tune an engine. The zero value means the defaults.
type Options struct {
	MaxSeries    int           // series of traces and logs; default 20,000, of about 1.2 KiB
	MaxPoints    int           // series of metrics; default 20,000, of about 1.2 KiB
	MaxTemplates int           // log templates; default 10,000
	MaxTraces    int           // traces held open; default 20,000
	MaxHeld      int           // spans and log records in open traces; default 200,000, of about 200 B
	MaxPods      int           // pods, and calls between services, that are known; default 5,000
	Hold         time.Duration // event time a trace waits for its next span; default 5 s
	Threshold    float64       // evidence that opens a disturbance, nats; default 4.5
}

// Hold is how long a trace waits for its next span unless told otherwise: with nothing to come, all is known so much later.
const Hold = 5 * time.Second

func (o Options) withDefaults() Options {
	o.MaxSeries = cmp.Or(max(o.MaxSeries, 0), 20_000)
	o.MaxPoints = cmp.Or(max(o.MaxPoints, 0), 20_000)
	o.MaxTemplates = cmp.Or(max(o.MaxTemplates, 0), 10_000)
	o.MaxTraces = cmp.Or(max(o.MaxTraces, 0), 20_000)
	o.MaxHeld = cmp.Or(max(o.MaxHeld, 0), 200_000)
	o.MaxPods = cmp.Or(max(o.MaxPods, 0), 5_000)
	o.Hold = cmp.Or(max(o.Hold, 0), Hold)
	o.Threshold = cmp.Or(max(o.Threshold, 0), 4.5)
	return o
}

// stepLength is the finest time that is told apart.
const stepLength = 5 * time.Second

// Engine learns what is normal and says what is not. It is not safe for concurrent use: one owner feeds it.
type Engine struct {
	options   Options
	table     *table[key, *series]
	points    *table[pointKey, *points]
	pods      *simplelru.LRU[podKey, string] // to the host
	calls     *simplelru.LRU[route, int32]   // to the step last seen
	peers     *simplelru.LRU[peerKey, string]
	assembler *assembler
	miner     *logtemplate.Miner
	work      workbench
	quiet     quiet
	watch     watch
	lastLog   int64
	watermark int64
	evicted   uint64
}

type podKey struct{ service, pod string }

// peerKey is what a client span says of whom it calls.
type peerKey struct{ service, operation, peer string }

// New returns an engine that has seen nothing.
func New(options Options) *Engine {
	o := options.withDefaults()
	e := &Engine{options: o, miner: logtemplate.New(logtemplate.Options{MaxTemplates: o.MaxTemplates})}
	e.table = newTable[key, *series](o.MaxSeries, &e.evicted)
	e.points = newTable[pointKey, *points](o.MaxPoints, &e.evicted)
	// These fail on a size below 1 only.
	e.pods, _ = simplelru.NewLRU[podKey, string](o.MaxPods, nil)
	e.calls, _ = simplelru.NewLRU[route, int32](o.MaxPods, nil)
	e.peers, _ = simplelru.NewLRU[peerKey, string](o.MaxPods, nil)
	e.assembler = newAssembler(o.MaxTraces, o.MaxHeld, int64(o.Hold), e.takeApart)
	return e
}

func (e *Engine) step(t int64) int32 { return int32(t / int64(stepLength)) }

func (e *Engine) timeOf(step int32) int64 { return int64(step) * int64(stepLength) }

// ObserveSpan takes a span in, at its end time. Spans that end before they start count as instant.
func (e *Engine) ObserveSpan(s Span) {
	end := s.End.UnixNano()
	tr := e.assembler.of(s.Trace, end)
	tr.spans = append(tr.spans, node{
		id: s.ID, parent: s.Parent, kind: s.Kind, failed: s.Error && !s.Business, start: min(s.Start.UnixNano(), end), end: end,
		service: s.Service, pod: s.Pod, host: s.Host, operation: s.Operation, statement: s.Statement, peer: s.Peer,
	})
}

// ObserveLog takes a log record in, at its time.
func (e *Engine) ObserveLog(r LogRecord) {
	t := r.Time.UnixNano()
	e.lastLog = max(e.lastLog, t)
	template := e.miner.Add(logtemplate.Message(r.Body))
	loose := r.Trace == [16]byte{}
	if loose {
		binary.BigEndian.PutUint64(r.Trace[8:], uint64(t/int64(time.Second)))
	}
	tr := e.assembler.of(r.Trace, t)
	tr.second = loose
	tr.lines = append(tr.lines, line{span: r.Span, service: r.Service, template: template})
}

// ObservePoint takes a value of a metric in, at its time.
func (e *Engine) ObservePoint(p Point) {
	k := pointKey{p.Service, p.Pod, p.Host, p.Metric, p.Series}
	if p.Pod != "" {
		k.host = "" // a pod is one wherever it runs
	}
	s, regular, ok := e.points.get(k)
	if ok && !regular {
		e.points.regular(k)
	}
	if !ok {
		k = pointKey{strings.Clone(k.service), strings.Clone(k.pod), strings.Clone(k.host), strings.Clone(k.metric), strings.Clone(k.series)}
		s = &points{key: k, trait: traitOf(k.metric)}
		e.points.add(k, s)
	}
	s.add(p.Time.UnixNano(), p.Value)
}

// series finds or begins a series to which something of a step will be added.
func (e *Engine) series(k key, step int32) *series {
	if s, regular, ok := e.table.get(k); ok {
		if !regular && step > s.last && (s.last > 0 || s.old.n > 0) {
			e.table.regular(k)
		}
		return s
	}
	k.service, k.operation, k.item = strings.Clone(k.service), strings.Clone(k.operation), strings.Clone(k.item)
	s := &series{key: k}
	e.table.add(k, s)
	return s
}

// compared are the series that have something to be compared with. One that was seen in a single step has no normal, unless
// it is counted per execution of another: where names never end, that spares most of the table.
func (e *Engine) compared() []*series {
	rows := slices.DeleteFunc(e.table.rows.Newcomers(), func(s *series) bool { return s.base == nil })
	return append(rows, e.table.rows.Regulars()...)
}

// Stats says how full an engine is.
type Stats struct {
	Series, Points, Templates, Traces int
	// Evicted counts series of any kind forgotten to make room, and Cut the traces ended before their time.
	Evicted, Cut uint64
}

// Stats says how full the engine is.
func (e *Engine) Stats() Stats {
	return Stats{
		Series: e.table.len(), Points: e.points.len(), Templates: e.miner.Len(), Traces: e.assembler.open.Len(),
		Evicted: e.evicted + e.miner.Evicted(), Cut: e.assembler.evicted,
	}
}

// Edges returns the calls between services seen recently, in order of their names.
func (e *Engine) Edges() []Edge {
	var edges []Edge
	to := e.step(e.watermark) + 1
	for _, s := range e.table.all() {
		if s.key.signal != sigCalls {
			continue
		}
		var calls float64
		for i := range s.ring {
			if b := &s.ring[i]; b.step >= to-edgeSteps && b.step < to {
				calls += float64(b.s)
			}
		}
		if calls > 0 {
			edges = append(edges, Edge{s.key.service, s.key.item, calls / (edgeSteps * stepLength.Seconds())})
		}
	}
	sortEdges(edges)
	return edges
}

// edgeSteps is how far back recent calls go.
const edgeSteps = 24
