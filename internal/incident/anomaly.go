package incident

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Series names what seasonality speaks of.
type Series struct {
	Key     string // identity: resource, attributes, metric and value
	Metric  string // braid.metric
	Value   string // braid.value
	Service string
	Host    string
	Region  string
}

// Notice is the begin or the end of an episode of unusual values, or of a time in which a limit is likely to be passed.
type Notice struct {
	ID       string
	Breach   bool // of a limit, not an episode
	Opened   bool // else closed
	Began    time.Time
	At       time.Time
	Series   Series
	Score    float64 // of an episode: 0 to 1
	Unit     string  // of the values: UCUM
	Observed *float64
	Expected *float64
	Lower    *float64
	Upper    *float64
	Day      *float64 // what it was at this time yesterday
	Week     *float64 // and a week ago
	// Of a breach: the limit, how far ahead, and how probable it is.
	Limit       string
	Horizon     string
	Probability float64
}

// Watch turns what seasonality says in metrics into notices. It is not safe for concurrent use.
type Watch struct {
	limit   int
	silent  time.Duration
	series  map[string]*seriesState
	evicted int64
}

type seriesState struct {
	notice  Notice // of the episode or breach that lasts
	open    bool
	last    time.Time
	score   float64
	context Notice // expected, band and comparison
}

// Likely is the probability from which on a limit is taken for one that will be passed.
const Likely = 0.5

// Probabilities at which a breach is announced and called off.
const (
	breachFrom = Likely
	breachTo   = 0.3
)

// NewWatch returns a watch over at most limit series. An episode of which nothing is heard for silent is over.
func NewWatch(limit int, silent time.Duration) *Watch {
	return &Watch{limit: limit, silent: silent, series: map[string]*seriesState{}}
}

// Len is how many series are known.
func (w *Watch) Len() int { return len(w.series) }

// Evicted is how many series were forgotten to make room.
func (w *Watch) Evicted() int64 { return w.evicted }

// state returns what is known of a series; at the limit a series that is quiet for longest is forgotten.
func (w *Watch) state(key string, at time.Time) *seriesState {
	s, ok := w.series[key]
	if !ok {
		if len(w.series) >= w.limit {
			w.forget()
		}
		s = &seriesState{}
		w.series[key] = s
	}
	if at.After(s.last) {
		s.last = at
	}
	return s
}

// forget gives up one of a few series: one that is not open, or the one seen least recently.
func (w *Watch) forget() {
	oldest, tried := "", 0
	for key, s := range w.series {
		if oldest == "" || w.series[oldest].open && !s.open || w.series[oldest].open == s.open && s.last.Before(w.series[oldest].last) {
			oldest = key
		}
		if tried++; tried == 16 {
			break
		}
	}
	delete(w.series, oldest)
	w.evicted++
}

// Expect makes room for a series of which an episode is about to be told, so that its band is not missed.
func (w *Watch) Expect(s Series, at time.Time) { w.state(s.Key, at) }

// Score takes in braid.anomaly.score.
func (w *Watch) Score(s Series, at time.Time, score float64) {
	if st, ok := w.series[s.Key]; ok || score > 0.5 { // series that are as usual need no place
		if !ok {
			st = w.state(s.Key, at)
		}
		st.score = score
	}
}

// Context takes in braid.baseline (median, lower, upper) or braid.comparison (day, week, now) of a series, in a unit.
func (w *Watch) Context(s Series, which, unit string, value float64) {
	st, ok := w.series[s.Key]
	if !ok {
		return
	}
	st.context.Unit = unit
	switch which {
	case "median":
		st.context.Expected = &value
	case "lower":
		st.context.Lower = &value
	case "upper":
		st.context.Upper = &value
	case "now":
		st.context.Observed = &value
	case "day":
		st.context.Day = &value
	case "week":
		st.context.Week = &value
	}
}

// Active takes in braid.anomaly.active. It returns what began or ended with it.
func (w *Watch) Active(s Series, at time.Time, active bool) []Notice {
	if _, known := w.series[s.Key]; !known && !active {
		return nil
	}
	st := w.state(s.Key, at)
	if st.open == active {
		return nil
	}
	st.open = active
	if active {
		st.notice = Notice{ID: noticeID("ano-", s.Key, at), Began: at, Series: s}
	}
	return []Notice{st.tell(at)}
}

// Probability takes in braid.threshold.probability. It returns what began or ended with it.
func (w *Watch) Probability(s Series, limit, horizon string, at time.Time, p float64) []Notice {
	key := s.Key + "\x00" + limit + "\x00" + horizon
	if _, known := w.series[key]; !known && p < breachFrom {
		return nil
	}
	st := w.state(key, at)
	if st.open && p >= breachTo || !st.open && p < breachFrom {
		return nil
	}
	st.open = !st.open
	if st.open {
		st.notice = Notice{ID: noticeID("bre-", key, at), Breach: true, Began: at, Series: s, Limit: limit, Horizon: horizon}
	}
	st.notice.Probability = p
	if of, ok := w.series[s.Key]; ok {
		st.context, st.score = of.context, of.score
	}
	return []Notice{st.tell(at)}
}

// Advance ends what has not been heard of for long.
func (w *Watch) Advance(now time.Time) []Notice {
	var out []Notice
	for key, st := range w.series {
		if now.Sub(st.last) < w.silent {
			continue
		}
		if st.open {
			st.open = false
			out = append(out, st.tell(st.last))
		}
		delete(w.series, key)
	}
	slices.SortFunc(out, func(a, b Notice) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return out
}

// tell completes the notice with what is known of the series now.
func (st *seriesState) tell(at time.Time) Notice {
	n := st.notice
	n.Opened, n.At, n.Score = st.open, at, st.score
	n.Unit, n.Observed = st.context.Unit, st.context.Observed
	n.Expected, n.Lower, n.Upper, n.Day, n.Week = st.context.Expected, st.context.Lower, st.context.Upper, st.context.Day, st.context.Week
	return n
}

func noticeID(prefix, key string, at time.Time) string {
	sum := sha256.Sum256([]byte(key + "\x00" + at.UTC().Format(time.RFC3339Nano)))
	return prefix + hex.EncodeToString(sum[:6])
}
