package rca

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// fromOutside marks the executions that no other service asked for.
const fromOutside = "outside"

// takeApart records the executions of a whole trace. An execution is what one service did for one request: from the span
// by which the trace entered the service to where it left it.
//
// All that is learnt of traces, and of logs with a trace, is learnt per execution of an operation: how often a statement
// logs, how often a child span or call is made, how long the service itself worked. What a service does when asked the
// same thing does not change because its callers ask more often, or because those it calls are slow. The executions of
// one operation in one trace are alike, so a trace counts once, by their mean: to count each would take chance for proof.
func (e *Engine) takeApart(tr *trace) {
	if e.watch.firstTrace == 0 {
		e.watch.firstTrace = e.step(tr.last)
	}
	e.work.reset()
	e.work.link(tr)
	for i := range tr.spans {
		e.sendAway(&tr.spans[i])
	}
	for i := range tr.spans {
		if tr.spans[i].entry == int32(i) {
			e.entered(tr, i)
		}
	}
	for i := range tr.spans {
		if tr.spans[i].entry != int32(i) {
			e.inside(tr, i)
		}
	}
	if len(tr.spans) == 0 {
		e.work.loose(tr)
	}
	for i := range tr.lines {
		e.work.line(tr, &tr.lines[i])
	}
	e.record(tr.last)
}

// sum is what one trace says of one series.
type sum struct{ n, s float64 }

// workbench adds up one trace.
type workbench struct {
	index map[[8]byte]int32
	sums  map[key]sum
	order []key // of sums: as the trace has them, so that runs are alike
	texts map[uint64]string
	waits []wait
}

// wait is a time in which an execution waited for others, nanoseconds.
type wait struct{ start, end int64 }

func (w *workbench) reset() {
	if w.sums == nil {
		w.index, w.sums, w.texts = map[[8]byte]int32{}, map[key]sum{}, map[uint64]string{}
	}
	clear(w.index)
	clear(w.sums)
	clear(w.texts)
	w.order = w.order[:0]
}

func (w *workbench) add(k key, v float64) {
	x, known := w.sums[k]
	if !known {
		w.order = append(w.order, k)
	}
	x.n++
	x.s += v
	w.sums[k] = x
}

func (w *workbench) duration(k key, nanoseconds int64) {
	w.add(k, math.Log(max(float64(nanoseconds)/1e9, 0)+floorSeconds))
}

// link finds for each span its parent and entry.
func (w *workbench) link(tr *trace) {
	for i := range tr.spans {
		w.index[tr.spans[i].id] = int32(i)
	}
	for i := range tr.spans {
		n := &tr.spans[i]
		n.above, n.entry, n.caller, n.away, n.answered, n.parted = -1, -1, -1, n.statement != "", false, false
		if above, ok := w.index[n.parent]; ok && above != int32(i) {
			n.above = above
		}
	}
	for i := range tr.spans {
		if n := &tr.spans[i]; n.above >= 0 && tr.spans[n.above].service == n.service {
			tr.spans[n.above].parted = true
		}
	}
	for i := range tr.spans {
		n := &tr.spans[i]
		n.entry = entryOf(tr.spans, int32(i))
		if n.above < 0 || tr.spans[n.above].service == n.service {
			continue
		}
		if above := &tr.spans[n.above]; above.calls() {
			above.away, above.answered = true, true
		} else {
			n.caller = entryOf(tr.spans, n.above)
		}
	}
}

// sendAway marks a call of somebody who is named and was never seen to make spans: what it takes is not the caller's own work.
func (e *Engine) sendAway(n *node) {
	n.foreign = false
	if n.kind != KindClient || n.peer == "" || n.statement != "" || n.answered || n.parted {
		return
	}
	if _, known := e.peers.Peek(peerKey{n.service, n.operation, n.peer}); !known {
		n.away, n.foreign = true, true
	}
}

// calls says whether a span with a child in another service is the call of it and nothing else. Not all instrumentation
// makes spans for calls.
func (n *node) calls() bool {
	switch n.kind {
	case KindClient, KindProducer:
		return true
	case KindServer, KindConsumer:
		return false
	default:
		return !n.parted
	}
}

// entryOf climbs from a span to where its service was entered. Broken data may hold rings: the climb is bounded.
func entryOf(spans []node, i int32) int32 {
	for range spans {
		n := &spans[i]
		if n.entry >= 0 {
			return n.entry
		}
		if n.above < 0 || spans[n.above].service != n.service || n.kind == KindServer || n.kind == KindConsumer {
			return i
		}
		i = n.above
	}
	return i
}

// entered takes in the span by which a service was entered.
func (e *Engine) entered(tr *trace, i int) {
	n, w := &tr.spans[i], &e.work
	of := func(signal signalKind) key { return key{signal: signal, service: n.service, operation: n.operation} }
	e.pods.Add(podKey{n.service, n.pod}, n.host)
	w.add(of(sigRate), 1)
	if n.failed {
		w.add(of(sigErrors), 1)
	}
	duration := n.end - n.start
	w.duration(of(sigLatency), duration)
	own := duration - w.away(tr, int32(i))
	w.duration(of(sigSelf), own)
	e.inPod(n, own)
	if n.above < 0 {
		outside := of(sigRate)
		outside.item = fromOutside
		w.add(outside, 1)
		return
	}
	caller := &tr.spans[n.above]
	if caller.service == n.service {
		return
	}
	if n.caller < 0 {
		gap := caller.end - caller.start - duration
		w.duration(key{signal: sigGap, service: caller.service, operation: n.operation, item: n.service}, gap)
	}
	w.add(key{signal: sigCalls, service: caller.service, item: n.service}, 1)
	e.calls.Add(route{caller.service, n.service}, e.step(n.end))
	e.peers.Add(peerKey{caller.service, caller.operation, caller.peer}, n.service)
}

// inPod compares the work done in one pod with the usual of the operation, to tell a bad pod from its siblings.
func (e *Engine) inPod(n *node, own int64) {
	if n.pod == "" {
		return
	}
	all, ok := e.table.peek(key{signal: sigSelf, service: n.service, operation: n.operation})
	if !ok || all.old.n < fewest {
		return
	}
	relative := math.Log(max(float64(own)/1e9, 0)+floorSeconds) - all.old.s/all.old.n
	e.work.add(key{signal: sigPod, service: n.service, item: n.pod}, relative)
}

// away is how long an execution waited for others: the union of the spans that were served elsewhere.
func (w *workbench) away(tr *trace, entry int32) int64 {
	w.waits = w.waits[:0]
	for i := range tr.spans {
		if n := &tr.spans[i]; n.entry == entry && n.away || n.caller == entry {
			w.waits = append(w.waits, wait{max(n.start, tr.spans[entry].start), min(n.end, tr.spans[entry].end)})
		}
	}
	slices.SortFunc(w.waits, func(a, b wait) int { return cmp.Compare(a.start, b.start) })
	var sum, until int64 = 0, math.MinInt64
	for _, x := range w.waits {
		if from := max(x.start, until); x.end > from {
			sum += x.end - from
			until = x.end
		}
	}
	return sum
}

// inside takes in a span within an execution.
func (e *Engine) inside(tr *trace, i int) {
	n, w := &tr.spans[i], &e.work
	operation := tr.spans[n.entry].operation
	w.add(key{signal: sigSpans, service: n.service, operation: operation, item: n.operation}, 1)
	switch {
	case n.statement != "":
		w.duration(key{signal: sigStatement, service: n.service, item: n.statement}, n.end-n.start)
	case n.foreign:
		w.duration(key{signal: sigForeign, service: n.service, item: n.peer}, n.end-n.start)
	case n.kind == KindClient && !n.answered:
		if server, ok := e.peers.Get(peerKey{n.service, n.operation, n.peer}); ok && (n.peer != "" || named(n.operation, server)) {
			w.add(key{signal: sigCalls, service: n.service, item: server}, 1)
			w.add(key{signal: sigUnanswered, service: n.service, item: server}, 1)
		}
	}
}

// named says whether an operation's name holds the service's: "HTTP GET" may go anywhere.
func named(operation, service string) bool {
	short := strings.TrimSuffix(strings.ToLower(service), "service")
	return len(short) > 2 && strings.Contains(strings.ToLower(operation), short)
}

// line takes in a log record.
func (w *workbench) line(tr *trace, l *line) {
	at, ok := w.index[l.span]
	if !ok || l.span == [8]byte{} {
		at = -1
		for i := range tr.spans {
			if tr.spans[i].service == l.service {
				at = int32(i)
				break
			}
		}
		if at < 0 {
			return
		}
	}
	entry := &tr.spans[tr.spans[at].entry]
	w.texts[l.template.ID] = l.template.Text()
	w.add(key{signal: sigLogs, service: entry.service, operation: entry.operation, template: l.template.ID}, 1)
}

// What log records without spans are counted by: the request that wrote them, or the second in which they came.
const (
	byRequest = "request"
	bySecond  = "second"
)

// loose takes in log records that have no spans beside them.
func (w *workbench) loose(tr *trace) {
	by := byRequest
	if tr.second {
		by = bySecond
	}
	w.add(key{signal: sigLogged, operation: by}, 1)
	for i := range tr.lines {
		l := &tr.lines[i]
		w.texts[l.template.ID] = l.template.Text()
		w.add(key{signal: sigLogs, service: l.service, operation: by, template: l.template.ID}, 1)
	}
}

// logsFlow is how long after a log record a trace without one says that nothing was logged.
const logsFlow = 30 * time.Second

// record puts what the trace says into its series, at the step in which it ended.
func (e *Engine) record(last int64) {
	step, w := e.step(last), &e.work
	for _, k := range w.order {
		x := w.sums[k]
		switch k.signal {
		case sigRate:
			e.series(k, step).add(step, x.n, &e.quiet)
			if k.item == "" && last-e.lastLog < int64(logsFlow) {
				k.signal = sigLogged
				e.series(k, step).add(step, x.n, &e.quiet)
			}
		case sigCalls, sigLogged:
			e.series(k, step).add(step, x.n, &e.quiet)
		case sigErrors, sigSpans:
			e.per(key{signal: sigRate, service: k.service, operation: k.operation}, k, step)
		case sigLogs:
			base := key{signal: sigLogged, service: k.service, operation: k.operation}
			if k.operation == byRequest || k.operation == bySecond {
				base.service = ""
			}
			e.per(base, k, step)
		case sigUnanswered:
			e.per(key{signal: sigCalls, service: k.service, item: k.item}, k, step)
		default:
			e.series(k, step).add(step, x.s/x.n, &e.quiet)
		}
	}
}

// per records what is counted per execution of base.
func (e *Engine) per(base, k key, step int32) {
	executions := base
	if base.signal == sigLogged && base.service != "" {
		executions.signal = sigRate
	}
	s := e.series(k, step)
	s.base = e.series(base, step)
	if k.template != 0 && s.text == "" {
		s.text = strings.Clone(e.work.texts[k.template])
	}
	s.add(step, math.Log1p(e.work.sums[k].s/max(e.work.sums[executions].n, 1)), &e.quiet)
}
