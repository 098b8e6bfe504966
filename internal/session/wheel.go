package session

import (
	"container/heap"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

// wheel schedules values by event time in buckets of a second. Values are not removed one by one: the owner looks, when one
// comes up, whether it is still due, and adds it again if not. So a timer that moves with every request costs nothing until it
// fires. What nobody waits for any more is swept out before it outnumbers the rest.
type wheel[V any] struct {
	buckets map[eventtime.Instant][]V
	times   instants
	size    int // values
	swept   int // what the last sweep left
}

// unswept values are too few to be worth it.
const unswept = 1 << 12

func newWheel[V any]() *wheel[V] {
	return &wheel[V]{buckets: make(map[eventtime.Instant][]V)}
}

// add schedules v for the end of the second that at is in.
func (w *wheel[V]) add(v V, at eventtime.Instant) {
	bucket := at.Truncate(time.Second).Add(time.Second)
	if _, ok := w.buckets[bucket]; !ok {
		heap.Push(&w.times, bucket)
	}
	w.buckets[bucket] = append(w.buckets[bucket], v)
	w.size++
}

// sweep drops the values that are not wanted, once there are more than twice as many as are alive and as the last sweep left, so
// that it costs each value that is added a constant.
func (w *wheel[V]) sweep(alive int, wanted func(V) bool) {
	if w.size <= 2*max(alive, w.swept)+unswept {
		return
	}
	w.size, w.times = 0, w.times[:0]
	for bucket, values := range w.buckets {
		var kept []V // of its own: the old ones may be many more
		for _, v := range values {
			if wanted(v) {
				kept = append(kept, v)
			}
		}
		if kept == nil {
			delete(w.buckets, bucket)
			continue
		}
		w.buckets[bucket] = kept
		w.times = append(w.times, bucket)
		w.size += len(kept)
	}
	heap.Init(&w.times)
	w.swept = w.size
}

// pop returns at most n values of the earliest bucket that is due, nil if none is.
func (w *wheel[V]) pop(now eventtime.Instant, n int) []V {
	if !w.due(now) || n <= 0 {
		return nil
	}
	values := w.buckets[w.times[0]]
	if len(values) > n {
		w.buckets[w.times[0]] = values[n:]
		w.size -= n
		return values[:n:n]
	}
	w.size -= len(values)
	delete(w.buckets, heap.Pop(&w.times).(eventtime.Instant))
	return values
}

// due reports whether anything is.
func (w *wheel[V]) due(now eventtime.Instant) bool { return len(w.times) > 0 && w.times[0] <= now }

type instants []eventtime.Instant

func (h instants) Len() int           { return len(h) }
func (h instants) Less(i, j int) bool { return h[i] < h[j] }
func (h instants) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *instants) Push(x any)        { *h = append(*h, x.(eventtime.Instant)) }
func (h *instants) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
