package simulate

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// tick is the step in which batches leave the generator.
const tick = time.Second

// Generator makes the telemetry of one simulation, tick by tick. It is not safe for concurrent use.
type Generator struct {
	cfg      Config
	start    int64
	now      int64 // start of the next tick
	end      int64 // 0 = never
	rng      *rand.Rand
	regions  []*region
	plans    []plan
	planted  []Planted
	queue    visitQueue
	visitors uint64
	freeAt   map[int]int64 // users and when they may log in again without making a duplicate log-in
	pending  ring
	reported int64
	toll     toll
}

// New returns the generator of a configuration, or says what is wrong with it.
func New(cfg Config) (*Generator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	g := &Generator{cfg: cfg, start: cfg.Start.UnixNano(), rng: stream(cfg.Seed, 0), regions: build(cfg.Users), freeAt: map[int]int64{}, toll: newToll()}
	g.now, g.reported = g.start, g.start
	if cfg.Duration > 0 {
		g.end = g.start + int64(cfg.Duration)
	}
	for _, s := range cfg.Scenarios {
		from := g.start + int64(s.Offset)
		g.plan(plan{kind: s.Kind, from: from, to: from + int64(s.Length)})
	}
	return g, nil
}

// Next returns what arrives in the next tick, in order of arrival; ok is false when the simulation is over.
func (g *Generator) Next() (b Batch, ok bool) {
	over := g.end > 0 && g.now >= g.end
	if over && g.pending.empty() {
		return Batch{}, false
	}
	until := g.now + int64(tick)
	if !over {
		g.admit(until)
		g.runScenarios(until)
		g.runVisits(until)
		if until-g.reported >= int64(metricInterval) {
			g.reportMetrics(g.now)
			g.reported = until
		}
	}
	b = g.pending.take()
	b.Time = utc(until)
	g.now = until
	return b, true
}

// Planted returns what the scenarios have done so far, in the order of the configuration. A duplicate log-in is listed once
// it has happened.
func (g *Generator) Planted() []Planted {
	return append([]Planted(nil), g.planted...)
}

// admit lets the visitors in who begin within the tick.
func (g *Generator) admit(until int64) {
	load := Load(time.Unix(0, g.now))
	for i, r := range g.regions {
		mean := float64(g.cfg.Users) * r.share * load * tick.Seconds() / visitMean.Seconds()
		if i == hotRegion {
			if _, on := g.during(HotSpot, g.now); on {
				mean *= hotFactor
			}
		}
		for range poisson(g.rng, mean) {
			g.push(g.arrive(r, g.pickUser(r), g.now+g.rng.Int64N(until-g.now)))
		}
	}
}

// pickUser draws a user of the region who has no session left, or -1 for a guest.
func (g *Generator) pickUser(r *region) int {
	if g.rng.Float64() >= memberShare {
		return -1
	}
	for range 8 {
		user := r.firstUser + g.rng.IntN(r.endUser-r.firstUser)
		if g.freeAt[user] <= g.now {
			g.freeAt[user] = never
			return user
		}
	}
	return -1 // nearly everybody is here: another guest then
}

// runVisits serves every request that falls into the tick, in order of time.
func (g *Generator) runVisits(until int64) {
	for len(g.queue) > 0 && g.queue[0].next < until {
		v := g.queue[0]
		end := g.serve(v, v.choose())
		if v.left <= 0 {
			heap.Pop(&g.queue)
			g.leave(v, end)
			continue
		}
		v.next = end + int64(v.rng.ExpFloat64()*float64(thinkMean))
		heap.Fix(&g.queue, 0)
	}
}

// leave frees the visitor's user for the time when the session left behind has idled out.
func (g *Generator) leave(v *visitor, end int64) {
	if v.user >= 0 && !v.keepsIn {
		g.freeAt[v.user] = end + int64(betweenVisitsOfID)
	}
}

func (g *Generator) push(v *visitor) { heap.Push(&g.queue, v) }

// visitQueue orders visits by their next request; equal times by number, so that order never depends on the heap.
type visitQueue []*visitor

func (q visitQueue) Len() int { return len(q) }
func (q visitQueue) Less(i, j int) bool {
	if q[i].next != q[j].next {
		return q[i].next < q[j].next
	}
	return q[i].number < q[j].number
}
func (q visitQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *visitQueue) Push(x any)   { *q = append(*q, x.(*visitor)) }
func (q *visitQueue) Pop() any {
	old := *q
	v := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return v
}
