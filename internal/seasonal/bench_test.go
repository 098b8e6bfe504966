package seasonal_test

import (
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"

	"github.com/braidotel/braid/internal/seasonal"
)

func TestSeries_Size_IsBelow8KB(t *testing.T) {
	t.Parallel()
	const header = 8 // of the allocator, for an object of this size that holds pointers
	assert.LessOrEqual(t, int(unsafe.Sizeof(seasonal.Series{}))+header, 8<<10)
}

func TestSeries_Observe_DoesNotAllocate(t *testing.T) {
	s := seasonal.New(seasonal.NewOptions())
	w := newWave(true)
	feed(s, monday, 9*aDay, time.UTC, w.at)
	at := monday.Add(9 * aDay)
	assert.Zero(t, testing.AllocsPerRun(600, func() {
		at = at.Add(step)
		s.Observe(at, 100)
		s.Forecast(time.Hour)
		s.Exceed(120, 3*time.Hour)
	}))
}

func BenchmarkObserve(b *testing.B) {
	for name, every := range map[string]time.Duration{"every=5m": step, "every=10s": 10 * time.Second, "every=1h": time.Hour} {
		b.Run(name, func(b *testing.B) {
			s := seasonal.New(seasonal.NewOptions())
			w := newWave(true)
			values := make([]float64, 4096)
			for i := range values {
				values[i] = w.at(monday.Add(time.Duration(i) * every).Time())
			}
			at, i := monday, 0
			b.ReportAllocs()
			b.ReportMetric(float64(unsafe.Sizeof(*s)), "B/series")
			for b.Loop() {
				at = at.Add(every)
				s.Observe(at, values[i%len(values)])
				i++
			}
		})
	}
}

func BenchmarkForecast(b *testing.B) {
	s := seasonal.New(seasonal.NewOptions())
	feed(s, monday, 15*aDay, time.UTC, newWave(true).at)
	b.ReportAllocs()
	for b.Loop() {
		s.Forecast(6 * time.Hour)
	}
}

func BenchmarkAppendBinary(b *testing.B) {
	s := seasonal.New(seasonal.NewOptions())
	feed(s, monday, 15*aDay, time.UTC, newWave(true).at)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = s.AppendBinary(buf[:0])
	}
}
