package surprise

import "math"

const (
	restPoints = 300. // points in which the bar falls to 1/e
	muchMore   = 1.05 // how much more surprising the next alarm must be at once
	muted      = .1   // what is left of a surprise below the bar
)

// rest makes one disturbance one alarm: whatever was surprising raises a bar to a little above itself, the bar sinks
// exponentially, and what stays below it is muted. The bar follows every surprise, so it needs no threshold.
type rest struct{ Bar float64 }

// mute takes a surprise, one that has an excuse, and the steps since the last, and returns what is left of it.
func (r *rest) mute(nats, excused, steps, over float64) float64 {
	r.Bar *= math.Exp(-steps / over)
	if nats <= max(r.Bar, muchMore*excused) {
		return muted * nats
	}
	r.Bar = muchMore * nats
	return nats
}
