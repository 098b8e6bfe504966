package surprise

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// BenchmarkScorer_Observe is the cost of one point of a series that has settled.
func BenchmarkScorer_Observe(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	base := daily(rng)
	values := make([]float64, 8*288)
	for i := range values {
		values[i] = base(i)
	}
	s := New(&Options{})
	alarms(s, 0, 4*288, base)
	i := 4 * 288
	b.ReportAllocs()
	for b.Loop() {
		s.Observe(at(i), values[i%len(values)], Expectation{})
		i++
	}
	b.ReportMetric(float64(unsafe.Sizeof(Scorer{})), "B/series")
}
