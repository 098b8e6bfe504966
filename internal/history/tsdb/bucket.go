package tsdb

import (
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// Aggregates that are kept of an interval.
const (
	statLast    = "last"
	statMin     = "min"
	statMax     = "max"
	statSum     = "sum"
	statAverage = "avg"
)

// walk gives every sample to every bucket.
func walk(samples chunkenc.Iterator, buckets []bucket) error {
	for kind := samples.Next(); kind != chunkenc.ValNone; kind = samples.Next() {
		var t int64
		var v float64
		var h *histogram.FloatHistogram
		switch kind {
		case chunkenc.ValFloat:
			t, v = samples.At()
		case chunkenc.ValHistogram, chunkenc.ValFloatHistogram:
			t, h = samples.AtFloatHistogram(nil)
			v = h.Sum
		default:
			continue
		}
		if value.IsStaleNaN(v) {
			continue
		}
		for i := range buckets {
			if err := buckets[i].add(t, v, h); err != nil {
				return err
			}
		}
	}
	if err := samples.Err(); err != nil {
		return err
	}
	for i := range buckets {
		if err := buckets[i].flush(); err != nil {
			return err
		}
	}
	return nil
}

// bucket gathers one interval of a series after the other. Its aggregates bear the interval's last millisecond, so that
// a range that ends with it holds it and the one before does not; its last value bears its own time. Where a counter begins,
// or goes on after a silence, its first value is kept too, and where it begins anew the last before and the first after:
// without them what it counted is lost.
type bucket struct {
	interval int64
	from     int64 // samples before are only what came before
	counter  bool  // only ever grows, unless it begins anew; histograms do
	put      func(stat string, t int64, v float64, h *histogram.FloatHistogram) error

	start, n            int64
	min, max, sum, last float64
	at                  int64 // of the last value
	histogram           *histogram.FloatHistogram
	kept                int64 // time of the last value that was put
}

func (b *bucket) add(t int64, v float64, h *histogram.FloatHistogram) error {
	if t < b.from {
		b.at, b.last, b.histogram = t, v, h
		return nil
	}
	anew := b.anew(t, v, h)
	if start := t - t%b.interval; start != b.start || b.n == 0 {
		if err := b.flush(); err != nil {
			return err
		}
		b.start, b.min, b.max, b.sum = start, math.Inf(1), math.Inf(-1), 0
	} else if anew && b.at > 0 {
		if err := b.keep(b.at, b.last, b.histogram); err != nil {
			return err
		}
	}
	b.n++
	b.at, b.last, b.histogram = t, v, h
	if h == nil {
		b.min, b.max, b.sum = min(b.min, v), max(b.max, v), b.sum+v
	}
	if anew {
		return b.keep(t, v, h)
	}
	return nil
}

// anew says whether a counter begins with a value, begins anew, or goes on after a silence of an interval.
func (b *bucket) anew(t int64, v float64, h *histogram.FloatHistogram) bool {
	silent := b.at == 0 || t-b.at > b.interval
	if h != nil {
		return h.CounterResetHint != histogram.GaugeType && (silent || b.histogram == nil || h.DetectReset(b.histogram))
	}
	return b.counter && (silent || v < b.last)
}

// keep puts a last value, unless there is one at that time.
func (b *bucket) keep(t int64, v float64, h *histogram.FloatHistogram) error {
	if t <= b.kept {
		return nil
	}
	b.kept = t
	if h != nil {
		// Its hint is about the sample before it, and that is gone.
		h = h.Copy()
		if h.CounterResetHint != histogram.GaugeType {
			h.CounterResetHint = histogram.UnknownCounterReset
		}
		v = 0
	}
	return b.put(statLast, t, v, h)
}

func (b *bucket) flush() error {
	if b.n == 0 {
		return nil
	}
	n, t := float64(b.n), b.start+b.interval-1
	b.n = 0
	if err := b.keep(b.at, b.last, b.histogram); err != nil || b.histogram != nil {
		return err
	}
	for _, a := range [...]struct {
		stat string
		v    float64
	}{{statMin, b.min}, {statMax, b.max}, {statSum, b.sum}, {statAverage, b.sum / n}} {
		if err := b.put(a.stat, t, a.v, nil); err != nil {
			return err
		}
	}
	return nil
}
