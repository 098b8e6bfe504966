package symptom

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Horizon is how far back the book of a live system goes.
const Horizon = 4 * time.Hour

// What a live system tells its book within a minute; the rest says nothing new.
const (
	plainRecords = 20 // of one service
	badRecords   = 100
	goodTraces   = 4
	failedTraces = 16
	spansOfTrace = 64
	maxFollowed  = 4096
)

// Feed keeps the book of a live system: it takes little of what is as ever and more of what is wrong, and it forgets. It
// is not safe for concurrent use.
type Feed struct {
	*Book
	minute       int32
	plain, bad   map[string]int // records by service
	good, failed int            // traces
	followed     *simplelru.LRU[[16]byte, int]
}

// NewFeed returns a feed of an empty book.
func NewFeed() *Feed {
	f := &Feed{Book: NewBook(), plain: map[string]int{}, bad: map[string]int{}}
	f.followed, _ = simplelru.NewLRU[[16]byte, int](maxFollowed, nil) // fails on a size below 1 only
	return f
}

// turn begins a new minute when it is time.
func (f *Feed) turn(at time.Time) {
	m := minuteOf(at)
	if m <= f.minute {
		return
	}
	f.minute, f.good, f.failed = m, 0, 0
	clear(f.plain)
	clear(f.bad)
	f.Forget(at.Add(-Horizon))
}

// Point takes one value of each series a minute.
func (f *Feed) Point(p Point) {
	f.turn(p.Time)
	if s := f.series[seriesKey{p.Service, p.Metric, p.Series}]; s != nil && len(s.times) > 0 {
		if last := s.times[len(s.times)-1]; p.Time.UnixNano()-last < int64(time.Minute) {
			return
		}
	}
	f.Book.Point(p)
}

// WantsRecord says whether a record is to be told: all that is wrong, and a few that are not.
func (f *Feed) WantsRecord(service string, severity int32, at time.Time) bool {
	f.turn(at)
	taken, most := f.plain, plainRecords
	if severity == 0 || severity >= 13 { // one without severity may be one of trouble
		taken, most = f.bad, badRecords
	}
	if taken[service] >= most || taken[service] == 0 && len(taken) >= maxServices {
		return false
	}
	taken[service]++
	return true
}

// WantsSpan says whether a span is to be told: those of a few traces, and those of more that fail from the failure on.
func (f *Feed) WantsSpan(trace [16]byte, failed bool, at time.Time) bool {
	f.turn(at)
	if n, ok := f.followed.Get(trace); ok {
		f.followed.Add(trace, n+1)
		return n < spansOfTrace
	}
	switch {
	case failed && f.failed < failedTraces:
		f.failed++
	case !failed && f.good < goodTraces:
		f.good++
	default:
		return false
	}
	f.followed.Add(trace, 1)
	return true
}
