package session

import "time"

// durationBounds are the upper bounds of the duration histogram's buckets.
var durationBounds = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
	10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 24 * time.Hour,
}

// Histogram counts durations in buckets.
type Histogram struct {
	Counts [15]uint64 // one for each bound and one beyond
	Count  uint64
	Sum    time.Duration
}

// DurationBounds returns the upper bounds of the buckets in seconds.
func DurationBounds() []float64 {
	bounds := make([]float64, len(durationBounds))
	for i, b := range durationBounds {
		bounds[i] = b.Seconds()
	}
	return bounds
}

// Observe counts a duration.
func (h *Histogram) Observe(d time.Duration) {
	i := 0
	for i < len(durationBounds) && d > durationBounds[i] {
		i++
	}
	h.Counts[i]++
	h.Count++
	h.Sum += d
}
