package seasonalityprocessor

import (
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/distribution"
)

func number(p pmetric.NumberDataPoint) float64 {
	if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return float64(p.IntValue())
	}
	return p.DoubleValue()
}

// huge is beyond what a series may hold: sums of such values would be infinite.
const huge = math.MaxFloat64 / 1e6

func finite(v float64) bool { return math.Abs(v) < huge }

// valued reports what the value of a point allows.
func valued(p pmetric.NumberDataPoint) (float64, outcome) {
	if p.ValueType() == pmetric.NumberDataPointValueTypeEmpty {
		return 0, empty
	}
	v := number(p)
	if !finite(v) {
		return 0, notFinite
	}
	return v, learnt
}

func (b *batch) gauge(p pmetric.NumberDataPoint, s *stream, _, at eventtime.Instant) outcome {
	v, o := valued(p)
	if o != learnt {
		return o
	}
	s.last = at
	g := s.group
	if !g.open(at, b.core.cfg.Lateness) {
		return late
	}
	g.sum += v
	g.points++
	return learnt
}

// level takes a sum that goes up and down: its latest value in the interval counts.
func (b *batch) level(p pmetric.NumberDataPoint, s *stream, _, at eventtime.Instant) outcome {
	v, o := valued(p)
	if o != learnt {
		return o
	}
	s.last = at
	if !s.group.open(at, b.core.cfg.Lateness) {
		return late
	}
	s.group.addLevel(s, v)
	return learnt
}

// change takes changes of a level that nobody tells: what they come to in the interval counts.
func (b *batch) change(p pmetric.NumberDataPoint, s *stream, _, at eventtime.Instant) outcome {
	v, o := valued(p)
	if o != learnt {
		return o
	}
	s.last = at
	if !s.group.open(at, b.core.cfg.Lateness) {
		return late
	}
	s.group.total += v
	s.group.points++
	return learnt
}

func (b *batch) counter(p pmetric.NumberDataPoint, s *stream, start, at eventtime.Instant, cumulative bool) outcome {
	v, o := valued(p)
	switch {
	case o != learnt:
		return o
	case v < 0:
		return malformed
	}
	return b.count(v, s, start, at, cumulative, false)
}

// count takes the reading of a counter into the rate of the open interval.
func (b *batch) count(v float64, s *stream, start, at eventtime.Instant, cumulative, anew bool) outcome {
	var gain float64
	var over time.Duration
	var o outcome
	if cumulative {
		gain, over, o = s.cumulative(v, start, at, anew || s.restarted(start))
	} else {
		gain, over, o = s.delta(v, start, at)
	}
	if o == first {
		return first
	}
	if !s.group.open(at, b.core.cfg.Lateness) {
		return late
	}
	s.group.addRate(s, gain, over)
	return o
}

func (b *batch) histogram(p pmetric.HistogramDataPoint, s *stream, start, at eventtime.Instant, cumulative bool) outcome {
	now := &b.explicit
	now.Bounds, now.Counts = now.Bounds[:0], now.Counts[:0]
	for _, n := range p.BucketCounts().All() {
		now.Counts = append(now.Counts, n)
	}
	if len(now.Counts) == 0 { // allowed: only a count and a sum
		return b.count(float64(p.Count()), s, start, at, cumulative, false)
	}
	for _, bound := range p.ExplicitBounds().All() {
		now.Bounds = append(now.Bounds, bound)
	}
	if !now.Valid() {
		return malformed
	}
	r := reading{float64(p.Count()), start, at, cumulative}
	return distribute(b, s, r, now, &s.explicit, &s.group.explicit)
}

func (b *batch) exponentialHistogram(
	p pmetric.ExponentialHistogramDataPoint, s *stream, start, at eventtime.Instant, cumulative bool,
) outcome {
	now := &b.exponential
	now.Scale, now.Zero = p.Scale(), p.ZeroCount()
	if !readBuckets(&now.Positive, p.Positive()) || !readBuckets(&now.Negative, p.Negative()) || !now.Fit() {
		return malformed
	}
	r := reading{float64(p.Count()), start, at, cumulative}
	return distribute(b, s, r, now, &s.exponential, &s.group.exponential)
}

// reading is what a histogram is as a counter.
type reading struct {
	count      float64
	start, at  eventtime.Instant
	cumulative bool
}

// histogram is what both kinds have in common.
type histogram[H any] interface {
	*H
	Set(*H)
	Grew(*H) bool
	Add(now, before *H)
}

// distribute adds what a histogram gained since the stream's latest to that of the open interval.
func distribute[H any, P histogram[H]](b *batch, s *stream, r reading, now P, latest, sum *P) outcome {
	before := *latest
	anew := before != nil && !now.Grew(before)
	began := anew || s.restarted(r.start) || r.count < s.value
	o := b.count(r.count, s, r.start, r.at, r.cumulative, anew)
	if (o == learnt || o == reset) && (before != nil || !r.cumulative) {
		if *sum == nil {
			*sum = new(H)
		}
		if began {
			before = nil
		}
		(*sum).Add(now, before)
	}
	if r.cumulative {
		if *latest == nil {
			*latest = new(H)
		}
		(*latest).Set(now)
	}
	return o
}

// maxOffered is the most buckets that are looked at; a histogram with more was not made to be read.
const maxOffered = 10_000

// readBuckets copies one side of a histogram; false if it is too long.
func readBuckets(into *distribution.Buckets, from pmetric.ExponentialHistogramDataPointBuckets) bool {
	into.Offset, into.Counts = from.Offset(), into.Counts[:0]
	if from.BucketCounts().Len() > maxOffered {
		return false
	}
	for _, n := range from.BucketCounts().All() {
		into.Counts = append(into.Counts, n)
	}
	return true
}

// summary takes the quantiles that the sender worked out; of several senders, their mean.
func (b *batch) summary(p pmetric.SummaryDataPoint, s *stream, start, at eventtime.Instant) outcome {
	o := b.count(float64(p.Count()), s, start, at, true, false)
	g := s.group
	if o == late || o == first && !g.open(at, b.core.cfg.Lateness) {
		return o
	}
	for _, q := range p.QuantileValues().All() {
		for i := range g.plans {
			plan := &g.plans[i]
			if plan.kind == kindQuantile && math.Abs(plan.quantile-q.Quantile()) < 1e-9 && finite(q.Value()) {
				g.means[i].sum += q.Value()
				g.means[i].n++
			}
		}
	}
	return o
}
