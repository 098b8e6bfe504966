package sketch

import (
	"fmt"
	"slices"
	"testing"

	"github.com/axiomhq/hyperloglog"
)

const (
	benchSpan   = 150 // ticks of 2 s: five minutes
	benchPeople = 1 << 17
)

// filled returns a window in which live identities were seen, spread over it.
func filled(b *testing.B, p uint8, live int) *Window {
	b.Helper()
	w := newWindow(b, benchSpan, p)
	for i := range live {
		w.Observe(int64(i*benchSpan/live), mix(uint64(i)))
	}
	return w
}

// idList holds identities of 16 bytes one after the other: finding the next one
// is not what is measured.
type idList []byte

func newIDs(n int) (ids idList) {
	for i := range n {
		ids = fmt.Appendf(ids, "%016x", mix(uint64(i)))
	}
	return ids
}

func (ids idList) at(i int) []byte { return ids[16*i : 16*i+16 : 16*i+16] }

// One identity of 16 bytes in steady state, hash included: a working set of
// benchPeople visitors, in a window that counts exactly and in one that does not.
func BenchmarkWindow_ObserveKeyed(b *testing.B) {
	h := newHasher(b, "secret", "")
	for _, people := range []int{1024, 8192, benchPeople} {
		b.Run(fmt.Sprint("people=", people), func(b *testing.B) {
			w := newWindow(b, benchSpan, 14)
			ids := newIDs(people)
			for i := range people {
				w.Observe(0, h.Sum(ids.at(i)))
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				w.Observe(int64(i>>15), h.Sum(ids.at(i&(people-1))))
				i++
			}
		})
	}
}

func BenchmarkWindow_ObserveHashed(b *testing.B) {
	for _, p := range []uint8{13, 14} {
		for _, people := range []int{1024, 8192, benchPeople} {
			b.Run(fmt.Sprintf("precision=%d/people=%d", p, people), func(b *testing.B) {
				w := filled(b, p, people)
				hashes := make([]uint64, people)
				for i := range hashes {
					hashes[i] = mix(uint64(i))
				}
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					w.Observe(benchSpan+int64(i>>15), hashes[i&(people-1)])
					i++
				}
			})
		}
	}
}

// What the processor does for each item: the hash, and the open tick.
func BenchmarkDelta_ObserveKeyed(b *testing.B) {
	h := newHasher(b, "secret", "")
	for _, people := range []int{1024, 8192} {
		b.Run(fmt.Sprint("people=", people), func(b *testing.B) {
			var d Delta
			ids := newIDs(people)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				d.Observe(h.Sum(ids.at(i & (people - 1))))
				i++
			}
		})
	}
}

func BenchmarkDelta_Observe(b *testing.B) {
	for _, people := range []int{256, 4096, benchPeople} {
		b.Run(fmt.Sprint("people=", people), func(b *testing.B) {
			var d Delta
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				d.Observe(mix(uint64(i & (people - 1))))
				i++
			}
		})
	}
}

func BenchmarkHasher_SumString(b *testing.B) {
	h := newHasher(b, "secret", "")
	const long = "0123456789abcdef0123456789abcdef01234567"
	for _, n := range []int{11, 16, 24, 32, 36, 40} { // an address, tokens, a UUID with its dashes
		id := long[:n]
		b.Run(fmt.Sprint("bytes=", len(id)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.SumString(id)
			}
		})
	}
}

// One tick of one key: the window moves on and is estimated. The rows belong
// side by side: the same five minutes as a ring of the library's sketches.
func BenchmarkTick(b *testing.B) {
	const live = 200_000
	for _, p := range []uint8{13, 14} {
		b.Run(fmt.Sprintf("window/precision=%d", p), func(b *testing.B) {
			tickWindow(b, filled(b, p, live), live/benchSpan)
		})
	}
	b.Run("window/exact=1000", func(b *testing.B) { tickWindow(b, filled(b, 14, 1000), 100) })
	b.Run("ring_of_150_library_sketches", func(b *testing.B) {
		ring := make([]*hyperloglog.Sketch, benchSpan)
		for i := range ring {
			ring[i] = hyperloglog.NewNoSparse()
		}
		for i := range live {
			ring[i%benchSpan].InsertHash(mix(uint64(i)))
		}
		b.ReportMetric(benchSpan*registers, "B/key")
		b.ReportAllocs()
		total := hyperloglog.NewNoSparse()
		i := 0
		for b.Loop() {
			ring[i%benchSpan].Reset()
			i++
			total.Reset()
			for _, s := range ring {
				if err := total.Merge(s); err != nil {
					b.Fatal(err)
				}
			}
			total.Estimate()
		}
	})
}

// tickWindow lets arrivals come in every tick, outside the clock, so that there
// is something to expire and to sweep.
func tickWindow(b *testing.B, w *Window, arrivals int) {
	b.ReportMetric(float64(w.Bytes()), "B/key")
	b.ReportAllocs()
	tick, next := int64(benchSpan), uint64(0)
	for b.Loop() {
		b.StopTimer()
		for range arrivals {
			w.Observe(tick-1, mix(next))
			next++
		}
		b.StartTimer()
		w.Advance(tick)
		w.Estimate()
		tick++
	}
}

// 10,000 keys in turn, none of them in the cache: one round is what every 2 s
// cost. All are busy, with people identities in the window; one in ten gets an
// arrival in the round, outside the clock.
func BenchmarkTick_10000Keys(b *testing.B) {
	const keys = 10_000
	for _, people := range []int{1000, 20_000} {
		b.Run(fmt.Sprint("people=", people), func(b *testing.B) {
			first := filled(b, 14, people)
			windows := make([]*Window, keys)
			for i := range windows {
				windows[i] = first.clone()
			}
			b.ReportMetric(float64(first.Bytes()), "B/key")
			b.ReportAllocs()
			tick := int64(benchSpan)
			for b.Loop() {
				b.StopTimer()
				for i := 0; i < keys; i += 10 {
					windows[i].Observe(tick-1, mix(uint64(tick)))
				}
				b.StartTimer()
				for _, w := range windows {
					w.Advance(tick)
					w.Estimate()
				}
				tick++
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*keys), "µs/key")
		})
	}
}

// clone copies a window: filling 10,000 of them would take longer than the
// measurement.
func (w *Window) clone() *Window {
	c := *w
	if w.exact != nil {
		exact := *w.exact
		exact.ring, exact.hashes, exact.stamps = &c.ring, slices.Clone(exact.hashes), slices.Clone(exact.stamps)
		c.exact = &exact
	}
	if w.matrix != nil {
		m := *w.matrix
		m.ring, m.sparse.ring, m.sparse.slots = &c.ring, &c.ring, slices.Clone(m.sparse.slots)
		for rank := range m.planes {
			m.planes[rank] = slices.Clone(m.planes[rank])
		}
		c.matrix = &m
	}
	return &c
}

func BenchmarkSketch(b *testing.B) {
	dense, other := sketchOf(people(100_000, 1)...), sketchOf(people(100_000, 2)...)
	library := hyperloglog.NewNoSparse()
	for _, h := range people(100_000, 1) {
		library.InsertHash(h)
	}
	few, fewer := sketchOf(people(500, 1)...), sketchOf(people(500, 2)...)
	h := newHasher(b, "secret", "")
	frame := seal(b, h, dense)[0]
	for name, f := range map[string]func(){
		"estimate/ours":    func() { dense.Estimate() },
		"estimate/library": func() { library.Estimate() },
		"merge/dense":      func() { _ = dense.Merge(other) },
		"merge/exact_500":  func() { _ = few.Merge(fewer) },
		"seal/dense":       func() { _, _ = h.Seal(testFrame, dense) },
		"open/dense":       func() { _, _, _ = h.Open(testFrame.Subject, frame) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}
