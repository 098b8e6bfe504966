package seasonalityprocessor

import (
	"math"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

// close ends the open interval of a group: each series learns what it came to. The lock is held.
func (c *core) close(g *group) {
	end := g.end()
	for i := range g.series {
		if v := g.value(i); !math.IsNaN(v) && !math.IsInf(v, 0) {
			c.observe(g, i, end, v)
		}
	}
	g.begin()
}

// observe tells a series its value and collects what is to be said of it.
func (c *core) observe(g *group, i int, at eventtime.Instant, v float64) {
	s := &g.series[i]
	if s.model == nil {
		s.model = c.models.create(g.plans[i].options)
	}
	verdict := s.model.Observe(at, v)
	if verdict.Outcome != seasonal.Learnt {
		return // a stored model may be ahead of the data that comes after a restart
	}
	g.dirty = true
	s.valued = at
	r := report{origin: g.origin, plan: &g.plans[i], at: at, score: verdict.Score, usual: verdict.Usual}
	begins := verdict.Active && !s.active
	c.settle(s, verdict.Active, &r)
	due := func(pace time.Duration) bool {
		return pace > 0 && at.Truncate(pace) > at.Add(-g.rule.width).Truncate(pace)
	}
	if verdict.Usual.Known() {
		r.baseline, r.scored = due(c.cfg.Emit.Baseline), due(c.cfg.Emit.Score)
	}
	if g.rule.outlook(&g.plans[i]) {
		r.outlook = c.outlook(s.model, &g.plans[i], due(c.cfg.Emit.Forecast), due(c.cfg.Emit.Probability))
	}
	likely := r.outlook.likely()
	if begins || likely { // trouble is said with what is usual
		r.baseline, r.scored = verdict.Usual.Known(), verdict.Usual.Known()
	}
	r.value, r.valued = v, r.told || likely
	if begins || likely || due(c.cfg.Emit.Comparison) {
		comparison := s.model.Compare(at)
		r.comparison = &comparison
	}
	c.put(g, r)
}

// settle begins or ends the episode of a series. While it lasts, and once when it is over, the report says so.
func (c *core) settle(s *series, active bool, r *report) {
	switch {
	case active && !s.active:
		c.active++
		c.episodes++
	case !active && s.active:
		c.active--
	case !active:
		return
	}
	s.active, s.told = active, r.at
	r.active, r.told = active, true
}

// tell says of a series, apart from any value, whether its episode lasts.
func (c *core) tell(g *group, i int, at eventtime.Instant, active bool) {
	s := &g.series[i]
	r := report{origin: g.origin, plan: &g.plans[i], at: max(at, s.told)}
	c.settle(s, active, &r)
	c.put(g, r)
}

// put collects a report for the pipeline that the group's points came through. The lock is held.
func (c *core) put(g *group, r report) {
	n := r.points()
	if n == 0 {
		return
	}
	to := g.node
	if to == nil && len(c.nodes) > 0 {
		to = c.nodes[0]
	}
	if to == nil || !slices.Contains(c.nodes, to) {
		c.lost += int64(n)
		return
	}
	to.reports = append(to.reports, r)
}

// sweep ends the intervals behind the watermark that no later point has ended, and says of series in an episode that it
// lasts, or, after a silence, that it is over. The lock is held.
func (c *core) sweep(t *tenant) {
	watermark := t.clock.Watermark()
	tick := watermark.Truncate(c.cfg.Interval)
	if tick <= t.swept {
		return
	}
	t.swept = tick
	for e := t.groups.order.Back(); e != nil; e = e.Prev() {
		g := e.Value.(*group)
		if g.due(watermark) {
			c.close(g)
		}
		for i := range g.series {
			s := &g.series[i]
			switch {
			case !s.active:
			case tick >= s.valued.Add(max(c.cfg.Silence, 2*g.rule.width)):
				c.tell(g, i, tick, false)
			case s.told < tick:
				c.tell(g, i, tick, true)
			}
		}
	}
}
