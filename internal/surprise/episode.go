package surprise

import (
	"math"

	"github.com/braidotel/braid/internal/eventtime"
)

const (
	calmNats  = 3.5 // surprise below which a point is calm: one in 33 is above it
	calmRun   = 5   // calm points in a row after which an episode may end
	longStay  = 20  // points away from home after which the way back needs its own excuse, the bar having sunk
	returnRun = 36  // points that a return may take
	leastDamp = .1  // weight of the first point of an episode
)

// episode follows a series from an alarm until it has calmed down where it was before, or for a day: what lasts longer is
// the new normal.
type episode struct {
	Since  int64   // when it began, zero outside
	Home   float64 // level before it
	Reach  float64 // greatest distance from there
	Peak   float64 // greatest surprise in nats
	Calm   uint16  // calm points in a row
	Stay   uint16  // points in a row away from home
	Return uint16  // points for which a return is still excused
}

func (e *episode) active() bool { return e.Since != 0 }

// away says whether v is more than half as far from home as the episode led.
func (e *episode) away(v float64) bool { return math.Abs(v-e.Home) > e.Reach/2 }

// excuse is how much surprise the way home explains, in nats: from a long stay elsewhere back to where the level was
// before the episode is a jump like the one that began it, and yet no news.
func (e *episode) excuse(v float64) float64 {
	switch {
	case !e.active() || e.away(v):
		return 0
	case e.Stay > longStay:
		e.Return = returnRun
	case e.Return > 0:
		e.Return--
	}
	if e.Return == 0 {
		return 0
	}
	return e.Peak
}

// follow takes a judged point; level is what it was before the point.
func (e *episode) follow(at eventtime.Instant, v, level, nats float64, alarm bool) {
	if !e.active() {
		if alarm {
			*e = episode{Since: int64(at), Home: level, Reach: math.Abs(v - level), Peak: nats}
		}
		return
	}
	e.Peak, e.Reach = max(e.Peak, nats), max(e.Reach, math.Abs(v-e.Home))
	if !e.away(v) {
		e.Stay = 0
	} else if e.Stay < math.MaxUint16 {
		e.Stay++
	}
	switch {
	case nats >= calmNats:
		e.Calm = 0
	case e.Calm < calmRun:
		e.Calm++
	}
	if lasts := int64(at) - e.Since; lasts < 0 || lasts > nanosPerDay || (e.Calm >= calmRun && e.Return == 0 && !e.away(v)) {
		*e = episode{}
	}
}

// damp falls from 1 at a calm point to leastDamp at half a score, and rises again in the course of an episode.
func (e *episode) damp(at eventtime.Instant, nats float64) float64 {
	least := leastDamp
	if e.active() {
		least += (1 - leastDamp) * float64(int64(at)-e.Since) / float64(nanosPerDay)
	}
	return min(max(1-(1-leastDamp)*(nats-calmNats)/(half-calmNats), least, 0), 1)
}
