package rca

import (
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/braidotel/braid/internal/logtemplate"
)

// node is a span that waits for the rest of its trace. Times are nanoseconds.
type node struct {
	id, parent         [8]byte
	service, pod, host string
	operation          string
	statement, peer    string
	start, end         int64
	kind               SpanKind
	failed             bool
	// What follows is filled in when the trace is taken apart.
	away     bool  // its work is done elsewhere: by another service, a database, or somebody without traces
	foreign  bool  // it calls somebody who makes no spans
	answered bool  // a span of another service answers it
	parted   bool  // it has a child in its own service
	caller   int32 // index of the entry whose work waits for this one, if no span of its own says so; or -1
	above    int32 // index of its parent, -1 if that is not here
	entry    int32 // index of the span by which the trace entered this service
}

// line is a log record that waits for its trace.
type line struct {
	span     [8]byte
	service  string
	template *logtemplate.Template
}

// trace is what came of a trace so far.
type trace struct {
	spans []node
	lines []line
	last  int64 // latest event time
	// second marks no trace but all log records of one second that have none.
	second bool
}

// assembler holds traces until nothing was heard of them for a while.
type assembler struct {
	open     *simplelru.LRU[[16]byte, *trace]
	most     int // traces
	mostSpan int // spans and lines in all traces
	held     int
	hold     int64
	pool     []*trace
	done     func(*trace)
	evicted  uint64 // traces closed before their time
}

func newAssembler(traces, spans int, hold int64, done func(*trace)) *assembler {
	a := &assembler{most: traces, mostSpan: spans, hold: hold, done: done}
	a.open, _ = simplelru.NewLRU[[16]byte, *trace](traces+1, nil) // fails on a size below 1 only
	return a
}

// of gives the trace of an id, to which one item of event time t will be added.
func (a *assembler) of(id [16]byte, t int64) *trace {
	tr, ok := a.open.Get(id)
	if !ok {
		if n := len(a.pool); n > 0 {
			tr, a.pool = a.pool[n-1], a.pool[:n-1]
		} else {
			tr = new(trace)
		}
		tr.last = t
		a.open.Add(id, tr)
	}
	a.held++
	tr.last = max(tr.last, t)
	for a.open.Len() > a.most || a.held > a.mostSpan {
		oldest, _, ok := a.open.GetOldest()
		if !ok || oldest == id {
			break
		}
		a.evicted++
		a.close()
	}
	return tr
}

// close ends the trace not heard of for longest.
func (a *assembler) close() {
	_, tr, ok := a.open.RemoveOldest()
	if !ok {
		return
	}
	a.done(tr)
	a.held -= len(tr.spans) + len(tr.lines)
	clear(tr.spans) // let go of the names
	clear(tr.lines)
	tr.spans, tr.lines, tr.second = tr.spans[:0], tr.lines[:0], false
	if len(a.pool) < 256 && cap(tr.spans) <= 1024 && cap(tr.lines) <= 1024 {
		a.pool = append(a.pool, tr)
	}
}

// advance ends the traces of which nothing was heard since before the watermark less the hold.
func (a *assembler) advance(watermark int64) {
	for {
		_, tr, ok := a.open.GetOldest()
		if !ok || tr.last+a.hold > watermark {
			return
		}
		a.close()
	}
}
