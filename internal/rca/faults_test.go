package rca

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// world is a small system with one fault: edge asks shop, which asks stock and price; stock asks a database.
type world struct {
	random *rand.Rand
	engine *Engine
	// slow multiplies the own work of a service, lag is lost on each of its calls, in and out.
	slow map[string]float64
	lag  map[string]time.Duration
	// statement multiplies the time of its database calls.
	statement float64
	outside   float64 // multiplies the time of price's calls of a partner, which makes no spans
	dead      string  // answers nothing
	returns   string  // returns early: no further calls, no log
	metrics   map[string]float64
	bare      bool // no spans for calls
	scattered bool // logs without traces
	requests  int
}

func (w *world) exp(mean time.Duration) time.Duration {
	return time.Duration(float64(mean) * (.7 + .6*w.random.Float64()))
}

// serve makes the spans of one service's work, after those of what it asks, and says when it was done.
func (w *world) serve(trace [16]byte, parent [8]byte, service string, at time.Time) time.Time {
	id := w.span()
	now := at.Add(w.exp(time.Duration(float64(4*time.Millisecond) * (1 + w.slow[service]))))
	if w.returns != service {
		w.log(trace, id, service, now)
		for _, callee := range map[string][]string{"edge": {"shop"}, "shop": {"stock", "price"}}[service] {
			now = w.call(trace, id, service, callee, now)
		}
		if service == "stock" {
			end := now.Add(w.exp(time.Duration(float64(3*time.Millisecond) * (1 + w.statement))))
			w.engine.ObserveSpan(Span{Trace: trace, ID: w.span(), Parent: id, Kind: KindClient, Service: service, Pod: service + "-0",
				Host: "h", Operation: "SELECT items", Statement: "SELECT items", Start: now, End: end})
			now = end
		}
		if service == "price" {
			end := now.Add(w.exp(time.Duration(float64(5*time.Millisecond) * (1 + w.outside))))
			w.engine.ObserveSpan(Span{Trace: trace, ID: w.span(), Parent: id, Kind: KindClient, Service: service, Pod: service + "-0",
				Host: "h", Operation: "POST", Peer: "rates.example.org", Start: now, End: end})
			now = end
		}
	}
	w.engine.ObserveSpan(Span{Trace: trace, ID: id, Parent: parent, Kind: KindServer, Service: service, Pod: service + "-0", Host: "h",
		Operation: "/" + service, Start: at, End: now})
	return now
}

func (w *world) log(trace [16]byte, span [8]byte, service string, at time.Time) {
	if w.scattered {
		trace, span = [16]byte{}, [8]byte{}
	}
	w.engine.ObserveLog(LogRecord{Time: at, Service: service, Trace: trace, Span: span, Body: "did all of " + service + " in 4 ms"})
}

func (w *world) call(trace [16]byte, parent [8]byte, from, to string, at time.Time) time.Time {
	id, lag := w.span(), w.exp(time.Millisecond)+w.lag[from]+w.lag[to]
	end, failed := at.Add(time.Second), true
	if w.bare {
		return w.serve(trace, parent, to, at.Add(lag/2)).Add(lag / 2)
	}
	if w.dead != to {
		end, failed = w.serve(trace, id, to, at.Add(lag/2)).Add(lag/2), false
	}
	w.engine.ObserveSpan(Span{Trace: trace, ID: id, Parent: parent, Kind: KindClient, Service: from, Pod: from + "-0", Host: "h",
		Operation: "call", Peer: to, Start: at, End: end, Error: failed})
	return end
}

func (w *world) span() (id [8]byte) {
	binary.BigEndian.PutUint64(id[:], w.random.Uint64())
	return id
}

func (w *world) play(from, to time.Time) (seen []Detection) {
	for at := from; at.Before(to); at = at.Add(200 * time.Millisecond) {
		w.requests++
		var trace [16]byte
		binary.BigEndian.PutUint64(trace[:], uint64(w.requests))
		w.serve(trace, [8]byte{}, "edge", at)
		if at.Unix()%15 == 0 && at.Nanosecond() == 0 {
			for _, service := range []string{"edge", "shop", "stock", "price"} {
				for _, metric := range []string{"k8s.pod.cpu_limit_utilization", "k8s.pod.memory_limit_utilization", "k8s.pod.disk.io", "k8s.pod.memory.rss"} {
					v := .2 + .02*w.random.Float64() + w.metrics[service+" "+metric]
					w.engine.ObservePoint(Point{Time: at, Service: service, Pod: service + "-0", Host: "h", Metric: metric, Value: v})
				}
			}
		}
		seen = append(seen, w.engine.Advance(at)...)
	}
	return seen
}

func TestEngine_OneFault_IsFoundAndNamed(t *testing.T) {
	const ms = time.Millisecond
	plain, bare, scattered := world{}, world{bare: true}, world{scattered: true}
	for name, test := range map[string]struct {
		world   world
		fault   func(*world)
		service string
		kind    Cause
	}{
		"cpu": {plain, func(w *world) {
			w.slow["price"], w.metrics["price k8s.pod.cpu_limit_utilization"] = 5, .75
		}, "price", CauseCPU},
		"cpu without metrics": {plain, func(w *world) { w.slow["shop"] = 5 }, "shop", CauseCPU},
		"memory": {plain, func(w *world) {
			w.slow["shop"], w.metrics["shop k8s.pod.memory_limit_utilization"] = 2, .75
		}, "shop", CauseMemory},
		"disk": {plain, func(w *world) {
			w.slow["stock"], w.statement, w.metrics["stock k8s.pod.disk.io"] = 2, 4, 3
		}, "stock", CauseDisk},
		"network of a leaf":    {plain, func(w *world) { w.lag["price"] = 200 * ms }, "price", CauseNetwork},
		"network in the midst": {plain, func(w *world) { w.lag["shop"] = 50 * ms }, "shop", CauseNetwork},
		"slow statement":       {plain, func(w *world) { w.statement = 30 }, "stock", CauseDatabase},
		"slow partner":         {plain, func(w *world) { w.outside = 30 }, "price", CauseDependency},
		"dead leaf":            {plain, func(w *world) { w.dead = "price" }, "price", CauseDead},
		"dead in the midst":    {plain, func(w *world) { w.dead = "stock" }, "stock", CauseDead},
		"early return":         {plain, func(w *world) { w.returns = "stock" }, "stock", CauseCode},
		"bare cpu":             {bare, func(w *world) { w.slow["price"] = 9 }, "price", CauseCPU},
		"bare early return":    {bare, func(w *world) { w.returns = "shop" }, "shop", CauseCode},
		"scattered logs":       {scattered, func(w *world) { w.returns = "price" }, "price", CauseCode},
		"early return above":   {plain, func(w *world) { w.returns = "shop" }, "shop", CauseCode},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &test.world
			w.random, w.engine = rand.New(rand.NewPCG(7, 8)), New(Options{})
			w.slow, w.lag, w.metrics = map[string]float64{}, map[string]time.Duration{}, map[string]float64{}
			begin := noon.Add(5 * time.Minute)
			require.Empty(t, w.play(noon, begin), "the quiet is quiet")
			test.fault(w)
			seen := w.play(begin, begin.Add(90*time.Second))
			require.NotEmpty(t, seen)
			assert.Equal(t, PhaseOpened, seen[0].Phase)
			d := w.engine.Rank(Window{Onset: seen[0].Onset})
			require.NotEmpty(t, d.Hypotheses)
			for _, h := range d.Hypotheses {
				t.Logf("%s %s %.1f %s", h.Service, h.Kind, h.Score, h.Indicator)
				for _, f := range h.Evidence {
					t.Logf("   %.1f %s %s %.4g -> %.4g", f.Surprise, f.Signal, f.Entity, f.Expected, f.Value)
				}
			}
			assert.Equal(t, test.service, d.Hypotheses[0].Service)
			assert.Equal(t, test.kind, d.Hypotheses[0].Kind)
			assert.Equal(t, test.service+"-0", d.Hypotheses[0].Pod)
		})
	}
}
