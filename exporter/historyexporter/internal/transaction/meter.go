package transaction

import (
	"math"
	"slices"
	"time"
)

// Kind tells what a series measures.
type Kind uint8

// Kinds of series.
const (
	Request Kind = iota // an operation of a service
	Query               // a statement that a service sent to a database
	Call                // what a service asked of another, or of a database
)

// Key names a series.
type Key struct {
	Kind    Kind
	Service string // that calls, of a Call
	Name    string // operation, sanitised statement, or what is called
	System  string // of the database
	Region  string
	Failed  bool
}

// Other is the name of the series that those beyond the bound share.
const Other = "other"

// Series is what was measured under one Key since it began.
type Series struct {
	Since, Last int64 // ends of the first and last span, in nanoseconds since 1970
	Durations   Histogram
	Self        float64 // seconds that were not spent waiting for what was called; of requests only
}

// Meters are the series of one tenant.
type Meters struct {
	limit    int
	sampled  Sampled
	series   map[Key]*Series
	overflow int
}

// Sampled counts what was measured from spans that are a sample.
type Sampled struct {
	Since, Last int64 // as of a Series
	Count       int64
}

func (s *Sampled) add(i *Item) {
	if s.Count == 0 {
		s.Since = i.Start
	}
	s.Count++
	s.Last = max(s.Last, i.End)
}

// Sampled is how much was measured from a sample.
func (m *Meters) Sampled() Sampled { return m.sampled }

func newMeters(limit int) *Meters { return &Meters{limit: limit, series: map[Key]*Series{}} }

func (m *Meters) transaction(i *Item, self int64) {
	s := m.at(Key{Request, i.Service, i.Operation, "", i.Region, i.Failed}, i)
	s.Self += time.Duration(self).Seconds()
}

func (m *Meters) query(i *Item) {
	m.at(Key{Query, i.Service, i.Query, i.System, i.Region, i.Failed}, i)
}

func (m *Meters) call(from, to string, i *Item) {
	m.at(Key{Call, from, to, i.System, i.Region, i.Failed}, i)
}

func (m *Meters) at(key Key, i *Item) *Series {
	s := m.series[key]
	if s == nil && len(m.series) >= m.limit {
		m.overflow++
		key.Name, key.Service, key.Region = Other, Other, ""
		s = m.series[key]
	}
	if s == nil {
		s = &Series{Since: i.Start}
		m.series[key] = s
	}
	s.Last = max(s.Last, i.End)
	s.Durations.Add(time.Duration(i.duration()).Seconds())
	return s
}

// Each calls f with every series measured since a time, and forgets the others.
func (m *Meters) Each(since int64, f func(Key, *Series)) {
	for key, s := range m.series {
		if s.Last < since {
			delete(m.series, key)
			continue
		}
		f(key, s)
	}
}

// Overflow is how many spans went into the series named Other since it was last asked.
func (m *Meters) Overflow() int {
	n := m.overflow
	m.overflow = 0
	return n
}

// Scale of Histogram's buckets, as OpenTelemetry's exponential histograms have it: eight to a doubling, each 9 % wide.
const Scale = 3

// Offset is the index of Histogram.Buckets[0]: durations from 0.12 µs to eight and a half minutes have their bucket.
const Offset = -23 << Scale

// Histogram is an exponential histogram of seconds.
type Histogram struct {
	Count   uint64
	Zero    uint64
	Sum     float64
	Buckets [32 << Scale]uint64
}

// Add counts a duration in seconds.
func (h *Histogram) Add(seconds float64) {
	h.Count++
	h.Sum += seconds
	if seconds <= 0 {
		h.Zero++
		return
	}
	index := int(math.Ceil(math.Log2(seconds)*(1<<Scale))) - 1
	h.Buckets[min(max(index-Offset, 0), len(h.Buckets)-1)]++
}

// self is the time of a span in which none of its children that are known ran.
func (tr *trace) self(parent *Item) int64 {
	type interval struct{ from, to int64 }
	var children []interval
	for i := range tr.items {
		c := &tr.items[i]
		if c.Parent == parent.ID && c.ID != parent.ID {
			if from, to := max(c.Start, parent.Start), min(c.End, parent.End); from < to {
				children = append(children, interval{from, to})
			}
		}
	}
	slices.SortFunc(children, func(a, b interval) int { return int(min(max(a.from-b.from, -1), 1)) })
	busy, until := int64(0), parent.Start
	for _, c := range children {
		if c.to > until {
			busy += c.to - max(c.from, until)
			until = c.to
		}
	}
	return parent.duration() - busy
}
