package rca

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// request is a trace of three services with a database call, for benchmarks and bounds.
func request(i int, at time.Time, operation, host string) []Span {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], uint64(i)+1)
	span := func(n, parent byte, kind SpanKind, service, name string, from, to time.Duration) Span {
		s := Span{Trace: id, Kind: kind, Service: service, Pod: service + "-0", Host: host, Operation: name, Start: at.Add(from), End: at.Add(to)}
		s.ID[7], s.Parent[7] = n, parent
		return s
	}
	const ms = time.Millisecond
	spans := []Span{
		span(6, 5, KindClient, "stock", "SELECT items", 12*ms, 15*ms),
		span(5, 4, KindServer, "stock", "GetItem", 11*ms, 16*ms),
		span(4, 3, KindClient, "shop", "stock.GetItem", 10*ms, 17*ms),
		span(3, 2, KindServer, "shop", operation, 3*ms, 30*ms),
		span(2, 1, KindClient, "edge", "shop", 2*ms, 31*ms),
		span(1, 0, KindServer, "edge", "GET", 0, 33*ms),
	}
	spans[0].Statement = "SELECT items"
	return spans
}

func TestEngine_EverNewNames_StaysWithinItsBounds(t *testing.T) {
	e := New(Options{MaxSeries: 1000, MaxPoints: 500, MaxTemplates: 200, MaxPods: 300, MaxTraces: 100, MaxHeld: 400})
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 2_000 {
		at := noon.Add(time.Duration(i) * 5 * time.Millisecond)
		name := fmt.Sprintf("%x", random.Uint64())
		for _, s := range request(i, at, "op "+name, "host "+name) {
			s.Service += name[:3]
			s.Pod = name
			e.ObserveSpan(s)
		}
		var id [16]byte
		binary.BigEndian.PutUint64(id[:], uint64(i)+1)
		e.ObserveLog(LogRecord{Time: at, Service: "shop", Body: "zz" + name + " yy" + name, Trace: id})
		e.ObservePoint(Point{Time: at, Service: "s" + name, Pod: name, Metric: "k8s.pod.cpu_limit_utilization", Value: .2})
		if i%500 == 0 {
			e.Advance(at)
		}
	}
	s := e.Stats()
	assert.LessOrEqual(t, s.Series, 1000)
	assert.LessOrEqual(t, s.Points, 500)
	assert.LessOrEqual(t, s.Templates, 200)
	assert.LessOrEqual(t, s.Traces, 101)
	assert.LessOrEqual(t, e.pods.Len()+e.calls.Len()+e.peers.Len(), 900)
	assert.LessOrEqual(t, e.assembler.held, 400+7)
	assert.Positive(t, s.Evicted)
	assert.Positive(t, s.Cut)
}

func TestEngine_BrokenTraces_AreTakenApart(t *testing.T) {
	e := New(Options{})
	at := noon
	ring := request(1, at, "op", "h")
	ring[5].Parent = ring[0].ID // the root's parent is its grandchild
	self := request(2, at, "op", "h")
	self[3].Parent = self[3].ID
	double := append(request(3, at, "op", "h"), request(3, at, "op", "h")...)
	backwards := request(4, at, "op", "h")
	backwards[3].Start = backwards[3].End.Add(time.Hour)
	for _, spans := range [][]Span{ring, self, double, backwards, {{}}, {{Trace: [16]byte{9}, Service: "alone"}}} {
		for _, s := range spans {
			e.ObserveSpan(s)
		}
	}
	e.ObserveLog(LogRecord{})
	e.ObserveLog(LogRecord{Time: at, Trace: [16]byte{7}, Service: "nobody", Body: "x"})
	e.ObservePoint(Point{})
	assert.NotPanics(t, func() {
		e.Advance(at.Add(time.Minute))
		e.Advance(at.Add(5 * time.Minute))
		e.Rank(Window{})
		e.Rank(Window{Onset: at.Add(time.Hour), End: at})
	})
}

func TestEdges_RecentCalls_AreCountedASecond(t *testing.T) {
	e := New(Options{})
	for i := range 1200 {
		at := noon.Add(time.Duration(i) * 100 * time.Millisecond)
		for _, s := range request(i, at, "op", "h") {
			e.ObserveSpan(s)
		}
		e.Advance(at)
	}
	edges := e.Edges()
	assert.Len(t, edges, 2)
	assert.Equal(t, "edge", edges[0].Client)
	assert.Equal(t, "shop", edges[0].Server)
	assert.InDelta(t, 10, edges[0].Calls, 1)
}

// BenchmarkObserveSpan reports the time one span costs, all included: assembly, series, looks.
func BenchmarkObserveSpan(b *testing.B) {
	e := New(Options{})
	b.ReportAllocs()
	for i := 0; i < b.N; i += 6 {
		at := noon.Add(time.Duration(i) * 20 * time.Microsecond) // 50,000 spans a second
		for _, s := range request(i, at, operations[i/6%len(operations)], "h") {
			e.ObserveSpan(s)
		}
		if i%6000 == 0 {
			e.Advance(at)
		}
	}
}

var operations = func() (names []string) {
	for i := range 200 {
		names = append(names, fmt.Sprintf("operation %d", i))
	}
	return names
}()

// BenchmarkRank reports how long a ranking takes with all tables full.
func BenchmarkRank(b *testing.B) {
	e := New(Options{})
	for i := range 60_000 {
		at := noon.Add(time.Duration(i) * 3 * time.Millisecond)
		name := fmt.Sprintf("%d", i%4000)
		for _, s := range request(i, at, "op "+name, "host") {
			s.Service += fmt.Sprint(i % 50)
			e.ObserveSpan(s)
		}
		if i%10 == 0 {
			e.ObservePoint(Point{Time: at, Service: "s" + name, Pod: name, Metric: "k8s.pod.cpu_limit_utilization", Value: .2})
		}
	}
	e.Advance(noon.Add(4 * time.Minute))
	b.ReportMetric(float64(e.Stats().Series), "series")
	b.ResetTimer()
	for range b.N {
		e.Rank(Window{Onset: noon.Add(2 * time.Minute), End: noon.Add(3 * time.Minute)})
	}
}
