package tsdb

import (
	"slices"
	"sync"

	"github.com/prometheus/prometheus/model/histogram"
)

const (
	// remembered is how many times of each delta series are known, to tell what comes again from what comes late.
	remembered = 16
	// silentFor is how long, in event time, a delta series may be silent before it makes room for others.
	silentFor = 3_600_000
)

// deltas add up metrics of delta temporality, which Prometheus has no form for, to totals. What comes twice counts once,
// what overtakes another is counted with the later one's total. Totals begin anew with the process: queries see a counter
// that was restarted.
type deltas struct {
	limit int

	mu     sync.Mutex // guards the rest
	series map[uint64]*total
	newest int64
	swept  int64 // newest when room was last made
}

// total is what one series adds up to.
type total struct {
	start int64 // when it began
	times []int64
	value float64
	fh    *histogram.FloatHistogram
}

func newDeltas(limit int) *deltas { return &deltas{limit: limit, series: map[uint64]*total{}} }

// sum is a total as of a time.
type sum struct {
	start int64
	value float64
	fh    *histogram.FloatHistogram
	kept  bool // it is part of a later total and has no place of its own
}

// add counts what came between two times. The reason is empty if it was counted.
func (d *deltas) add(series uint64, st, t int64, v float64, fh *histogram.FloatHistogram) (sum, Reason) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.series[series]
	if s == nil {
		if len(d.series) >= d.limit && !d.makeRoom() {
			return sum{}, ReasonLimit
		}
		s = &total{start: begins(st, t)}
		d.series[series] = s
	}
	d.newest = max(d.newest, t)
	at, again := slices.BinarySearch(s.times, t)
	switch {
	case !again && at == 0 && len(s.times) == remembered:
		return sum{}, ReasonLate
	case !again:
		s.count(st, t, v, fh)
		s.times = slices.Insert(s.times, at, t)
		s.times = s.times[max(0, len(s.times)-remembered):]
	}
	out := sum{start: s.start, value: s.value, kept: t < s.times[len(s.times)-1]}
	if s.fh != nil {
		out.fh = s.fh.Copy()
	}
	return out, ""
}

// begins is just after what came before: a value at its very end is that of the total before.
func begins(st, t int64) int64 {
	if st <= 0 || st >= t-1 {
		return 0
	}
	return st + 1
}

// count adds to a total, or begins it anew where histograms cannot be added.
func (s *total) count(st, t int64, v float64, fh *histogram.FloatHistogram) {
	if fh == nil {
		s.value += v
		return
	}
	fh.CounterResetHint = histogram.UnknownCounterReset
	if s.fh == nil {
		s.fh = fh
		return
	}
	joined, _, _, err := s.fh.Add(fh)
	if err != nil {
		s.start, s.fh = begins(st, t), fh
		return
	}
	s.fh = joined.Compact(0)
}

// makeRoom forgets the series that are silent.
func (d *deltas) makeRoom() bool {
	if d.newest-d.swept < silentFor/60 {
		return false
	}
	d.swept = d.newest
	before := len(d.series)
	for key, s := range d.series {
		if s.times[len(s.times)-1] < d.newest-silentFor {
			delete(d.series, key)
		}
	}
	return len(d.series) < before
}
