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
// a range that ends with it holds it and the one before does not.
type bucket struct {
	interval int64
	put      func(stat string, t int64, v float64, h *histogram.FloatHistogram) error

	start, n            int64
	min, max, sum, last float64
	histogram           *histogram.FloatHistogram
}

func (b *bucket) add(t int64, v float64, h *histogram.FloatHistogram) error {
	if start := t - t%b.interval; start != b.start || b.n == 0 {
		if err := b.flush(); err != nil {
			return err
		}
		*b = bucket{interval: b.interval, put: b.put, start: start, min: math.Inf(1), max: math.Inf(-1)}
	}
	b.n++
	b.histogram, b.last = h, v
	if h == nil {
		b.min, b.max, b.sum = min(b.min, v), max(b.max, v), b.sum+v
	}
	return nil
}

func (b *bucket) flush() error {
	if b.n == 0 {
		return nil
	}
	n, t := float64(b.n), b.start+b.interval-1
	b.n = 0
	if b.histogram != nil {
		return b.put(statLast, t, 0, b.histogram)
	}
	for _, a := range [...]struct {
		stat string
		v    float64
	}{{statLast, b.last}, {statMin, b.min}, {statMax, b.max}, {statSum, b.sum}, {statAverage, b.sum / n}} {
		if err := b.put(a.stat, t, a.v, nil); err != nil {
			return err
		}
	}
	return nil
}
