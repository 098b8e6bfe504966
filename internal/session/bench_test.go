package session

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/identity"
)

// shop makes the three spans of a page view: browser, web server with cookie, user and address, database.
type shop struct {
	table    *Table
	places   [3]Place
	items    [3]Item
	evidence [2]identity.Evidence
	identity Identity
}

func newShop(cfg Config) *shop {
	s := &shop{table: NewTable(cfg)}
	for i, key := range []PlaceKey{{Service: "browser"}, {Service: "nginx", Host: "web-1", Region: "seoul"}, {Service: "was", Host: "pod-1", Region: "seoul"}} {
		s.places[i] = s.table.Place(key)
	}
	return s
}

// view lets visitor number n look at a page at an instant, as request number r.
func (s *shop) view(n, r int, at eventtime.Instant) {
	var id TraceID
	binary.BigEndian.PutUint64(id[8:], uint64(r)+1)
	s.evidence[0] = identity.Evidence{
		Session: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), SessionSource: identity.SourceAttribute,
	}
	s.evidence[1] = identity.Evidence{
		Presented: identity.Token{Name: "JSESSIONID", Value: fmt.Sprintf("%032X", n)}, SessionSource: identity.SourceCookie,
		User: fmt.Sprintf("member%d@example.com", n), Client: fmt.Sprintf("198.51.%d.%d", n>>8&255, n&255), Credentials: true,
	}
	s.items[0] = Item{Trace: id, Span: SpanID{1}, Kind: KindClient, Start: at, End: at.Add(time.Millisecond), Evidence: &s.evidence[0], Place: s.places[0]}
	s.items[1] = Item{Trace: id, Span: SpanID{2}, Parent: SpanID{1}, Kind: KindServer, Start: at, End: at.Add(time.Millisecond), Evidence: &s.evidence[1], Place: s.places[1], Page: "/product/{id}"}
	s.items[2] = Item{Trace: id, Span: SpanID{3}, Parent: SpanID{2}, Kind: KindInternal, Start: at, End: at.Add(time.Millisecond), Place: s.places[2]}
}

func (s *shop) process() {
	for i := range s.items {
		s.table.Learn(&s.items[i], time.Time{})
	}
	for i := range s.items {
		s.table.Resolve(&s.items[i], &s.identity)
	}
}

func crowdConfig(n int) Config {
	cfg := testConfig()
	cfg.Idle = 24 * time.Hour
	cfg.MaxSessions, cfg.MaxTraces, cfg.MaxRemembered = n+n/10, n/5, n/20
	return cfg
}

// crowd opens n sessions in 500 seconds of event time, looks how long the slowest Advance takes, and measures what a
// session costs once the traces are forgotten. What is remembered to count copies once has a bound of its own, and is kept
// small here.
func crowd(tb testing.TB, n int) (s *shop, bytesEach float64, slowest time.Duration) {
	tb.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := heapInUse()
	s = newShop(crowdConfig(n))
	for i := range n {
		s.view(i, i, began.Add(500*time.Second/time.Duration(n)*time.Duration(i)))
		s.process()
		if i%400 == 0 {
			slowest = max(slowest, s.tick(tb, 0))
		}
	}
	for range 600 {
		slowest = max(slowest, s.tick(tb, 200*time.Millisecond))
	}
	return s, float64(heapInUse()-before) / float64(n), slowest
}

// tick lets time pass as a live table does five times a second and returns the processor time that took.
func (s *shop) tick(tb testing.TB, d time.Duration) time.Duration {
	tb.Helper()
	s.table.clock.AdvanceTo(s.table.Head().Add(d), time.Time{})
	began := threadTime(tb)
	s.table.Advance(time.Time{})
	took := threadTime(tb) - began
	s.table.Take()
	return took
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

const bytesPerSession = 512

// Not parallel: it measures the heap of the process.
func TestMemory_50kOpenSessions_StayWithinTheirBytes(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("coverage counters are not sessions")
	}
	s, each, _ := crowd(t, 50_000)
	assert.Equal(t, 50_000, s.table.Open())
	assert.LessOrEqual(t, each, float64(bytesPerSession))
	t.Logf("%.0f bytes each", each)
	runtime.KeepAlive(s)
}

// BenchmarkMillionSessions holds a million open sessions and ends them all at once.
func BenchmarkMillionSessions(b *testing.B) {
	const n = 1_000_000
	runtime.LockOSThread() // see threadTime
	defer runtime.UnlockOSThread()
	for b.Loop() {
		s, each, slowest := crowd(b, n)
		if s.table.Open() != n {
			b.Fatalf("%d sessions are open", s.table.Open())
		}
		b.ReportMetric(each, "B/session")
		b.ReportMetric(float64(slowest.Microseconds())/1000, "ms/slowest-tick")
		slowest = s.tick(b, 48*time.Hour)
		ticks := 1
		for ; s.table.Open() > 0; ticks++ {
			slowest = max(slowest, s.tick(b, 200*time.Millisecond))
		}
		b.ReportMetric(float64(slowest.Microseconds())/1000, "ms/slowest-tick-of-mass-end")
		b.ReportMetric(float64(ticks), "ticks-of-mass-end")
	}
}

// BenchmarkItem is what a span costs that is learnt and resolved, among 50,000 open sessions.
func BenchmarkItem(b *testing.B) {
	for name, wait := range map[string]time.Duration{"wait_none": 0, "wait_2s": 2 * time.Second} {
		b.Run(name, func(b *testing.B) {
			cfg := crowdConfig(50_000)
			cfg.Wait = wait
			s := newShop(cfg)
			views := make([]shop, 4096)
			b.ReportAllocs()
			r := 0
			for b.Loop() {
				if r%len(views) == 0 {
					b.StopTimer()
					for i := range views {
						s.view((r+i)%50_000, r+i, began.Add(time.Duration(r+i)*500*time.Microsecond))
						views[i].items, views[i].evidence = s.items, s.evidence
						views[i].items[0].Evidence, views[i].items[1].Evidence = &views[i].evidence[0], &views[i].evidence[1]
					}
					b.StartTimer()
				}
				view := &views[r%len(views)]
				for i := range view.items {
					s.table.Learn(&view.items[i], time.Time{})
				}
				for i := range view.items {
					s.table.Resolve(&view.items[i], &s.identity)
				}
				if r++; r%100 == 0 {
					s.table.Advance(time.Time{})
					s.table.Take()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(s.items)), "ns/span")
		})
	}
}
