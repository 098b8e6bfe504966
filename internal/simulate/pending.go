package simulate

import "time"

// ringSize bounds how many ticks telemetry can be under way.
const ringSize = 64

// delay says how telemetry travels.
type delay int

const (
	serverDelay  delay = iota // agents export a few times a second
	browserDelay              // browsers batch for seconds, a few are very late
)

const lateShare = 0.02 // of browser spans

// of draws how many nanoseconds an item is under way after its end.
func (d delay) of(v *visitor) int64 {
	if d == serverDelay {
		return between(v.rng, 50*time.Millisecond, 900*time.Millisecond)
	}
	if v.rng.Float64() < lateShare {
		return between(v.rng, 4*time.Second, 15*time.Second)
	}
	return between(v.rng, 200*time.Millisecond, 1800*time.Millisecond)
}

// ring holds what is under way, by the tick of its arrival.
type ring struct {
	slots [ringSize]Batch
	head  int
	items int
}

func (r *ring) empty() bool { return r.items == 0 }

// slot returns the batch that leaves the given number of nanoseconds after the start of the present tick.
func (r *ring) slot(after int64) *Batch {
	r.items++
	n := min(max(int(after/int64(tick)), 0), ringSize-1)
	return &r.slots[(r.head+n)%ringSize]
}

// take returns the batch of the present tick and moves on to the next.
func (r *ring) take() Batch {
	b := r.slots[r.head]
	r.slots[r.head] = Batch{}
	r.items -= len(b.Spans) + len(b.Logs) + len(b.Points)
	r.head = (r.head + 1) % ringSize
	return b
}

func (g *Generator) addSpan(d delay, v *visitor, s Span) {
	b := g.pending.slot(s.End + d.of(v) - g.now)
	b.Spans = append(b.Spans, s)
}

func (g *Generator) addLog(v *visitor, l Log) {
	b := g.pending.slot(l.Time + serverDelay.of(v) - g.now)
	b.Logs = append(b.Logs, l)
}

func (g *Generator) addPoint(p Point) {
	b := g.pending.slot(p.Time - g.now)
	b.Points = append(b.Points, p)
}
