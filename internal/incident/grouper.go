package incident

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Options bound and tune a grouper.
type Options struct {
	Quiet     time.Duration // silence after which a storm is over and its incidents are settled; default 2 min
	Step      time.Duration // event time between looks at a storm; default 15 s
	MaxAlerts int           // most firings held of unsettled incidents of one tenant; default 5,000
	MaxScopes int           // most scopes remembered of one tenant; default 64
	MaxEdges  int           // most calls between services remembered of one tenant; default 20,000
}

func (o Options) withDefaults() Options {
	o.Quiet = cmp.Or(o.Quiet, 2*time.Minute)
	o.Step = cmp.Or(o.Step, 15*time.Second)
	o.MaxAlerts = cmp.Or(o.MaxAlerts, 5000)
	o.MaxScopes = cmp.Or(o.MaxScopes, 64)
	o.MaxEdges = cmp.Or(o.MaxEdges, 20000)
	return o
}

// growth is the part, one in so many, by which the live alerts must grow to be looked at anew.
const growth = 10

// Group is the alerts of one incident.
type Group struct {
	ID      uint64 // stable while the group lasts, also when alerts move between groups
	Start   time.Time
	End     time.Time // of the latest alert
	Settled bool      // nothing changes any more
	Alerts  []Alert   // ascending by time; none: all of them turned out to be of other groups
}

// member is a firing that may still move.
type member struct {
	Alert
	fingerprint uint64
	group       uint64
	settled     bool
}

// Grouper groups the alerts of one tenant. It is not safe for concurrent use.
type Grouper struct {
	options   Options
	live      []member // ascending by time
	topology  *Topology
	durations *durations
	pasts     map[string]*past
	clock     uint64
	lastGroup uint64
	moving    map[uint64]bool // groups told of that are not settled
	looked    time.Time
	grown     int // alerts added since the last look
	watermark time.Time
	early     []Group // settled before their time, for want of room
	overflows int64
}

// NewGrouper returns a grouper that knows nothing yet.
func NewGrouper(options Options) *Grouper {
	options = options.withDefaults()
	return &Grouper{
		options: options, topology: NewTopology(options.MaxEdges), durations: newDurations(), pasts: map[string]*past{},
	}
}

// Topology is what the grouper knows of calls; more may be taught to it.
func (g *Grouper) Topology() *Topology { return g.topology }

// Add takes an alert in.
func (g *Grouper) Add(a Alert) {
	if len(g.live) >= g.options.MaxAlerts {
		g.overflows++
		g.early = append(g.early, g.Flush()...)
	}
	g.topology.place(Node(a.Scope, a.Instance), a.node())
	if a.Client != "" {
		g.topology.Observe(g.topology.serviceOf(Node(a.Scope, a.Client)), a.node(), a.Time)
	}
	at, _ := slices.BinarySearchFunc(g.live, a.Time, func(m member, t time.Time) int {
		if m.Time.After(t) {
			return 1
		}
		return -1
	})
	g.live = slices.Insert(g.live, at, member{Alert: a, fingerprint: a.key()})
	g.grown++
}

// Advance moves event time on and returns the groups that changed: those still moving, and those settled for good.
func (g *Grouper) Advance(watermark time.Time) []Group {
	if !watermark.After(g.watermark) {
		return nil
	}
	g.watermark = watermark
	if len(g.early) > 0 {
		out := g.early
		g.early = nil
		return out
	}
	if len(g.live) == 0 || watermark.Sub(g.looked) < g.options.Step {
		return nil
	}
	over := g.live[len(g.live)-1].Time.Add(g.options.Quiet).Before(watermark)
	if g.grown*growth < len(g.live) && !over {
		return nil
	}
	g.looked, g.grown = watermark, 0
	return g.look(watermark)
}

// Overflows is how often everything had to be settled early because MaxAlerts were held.
func (g *Grouper) Overflows() int64 { return g.overflows }

// Live is how many firings are held.
func (g *Grouper) Live() int { return len(g.live) }

// Flush settles everything.
func (g *Grouper) Flush() []Group {
	return g.look(g.watermark.Add(1000 * time.Hour))
}

func (g *Grouper) look(watermark time.Time) []Group {
	var out []Group
	for _, storm := range g.storms() {
		out = append(out, g.settle(g.name(g.part(storm, watermark)), watermark)...)
	}
	out = append(out, g.dissolved(out)...)
	g.live = slices.DeleteFunc(g.live, func(m member) bool { return m.settled })
	return out
}

// dissolved are the groups told of before that are none any more.
func (g *Grouper) dissolved(now []Group) []Group {
	was := g.moving
	g.moving = map[uint64]bool{}
	for i := range now {
		delete(was, now[i].ID)
		if !now[i].Settled {
			g.moving[now[i].ID] = true
		}
	}
	var out []Group
	for _, id := range slices.Sorted(maps.Keys(was)) {
		out = append(out, Group{ID: id, Settled: true})
	}
	return out
}

// storms shares the unsettled alerts by place and by spells of silence.
func (g *Grouper) storms() [][]int {
	open := map[string]int{}
	places := g.places()
	var out [][]int
	for i := range g.live {
		place := places[i]
		at, ok := open[place]
		if ok && g.live[i].Time.Sub(g.live[out[at][len(out[at])-1]].Time) <= g.options.Quiet {
			out[at] = append(out[at], i)
			continue
		}
		open[place] = len(out)
		out = append(out, []int{i})
	}
	return out
}

// part splits a storm into incidents: result holds the members of each.
func (g *Grouper) part(ids []int, watermark time.Time) [][]int {
	book := g.past(g.live[ids[0]].Scope)
	s, slots := g.storm(ids, watermark, book)
	return s.among(s.split(), slots, book)
}

// storm is what the model needs to know of the alerts of a storm. slots[i][j] is the alert behind the j-th time of its i-th
// firing.
func (g *Grouper) storm(ids []int, watermark time.Time, book *past) (s *storm, slots [][]int) {
	origin := g.live[ids[0]].Time
	seconds := func(t time.Time) float64 { return t.Sub(origin).Seconds() }
	s = &storm{now: seconds(watermark), quiet: g.options.Quiet.Seconds(), durations: g.durations}
	index := map[uint64]int{}
	fired := map[uint64]bool{}
	for _, id := range ids {
		m := &g.live[id]
		at, ok := index[m.fingerprint]
		if !ok {
			at = len(s.firings)
			index[m.fingerprint] = at
			fired[m.fingerprint] = true
			s.firings = append(s.firings, firing{key: m.fingerprint, prior: book.prior(m.fingerprint)})
			slots = append(slots, nil)
		}
		t := seconds(m.Time)
		s.firings[at].times = append(s.firings[at].times, t)
		slots[at] = append(slots[at], id)
		if n := len(s.times); n == 0 || s.times[n-1] < t {
			s.times = append(s.times, t)
		}
	}
	s.silent = book.silent(fired)
	return s, slots
}

// among shares the alerts of a storm among spans: result holds those of each that has any.
func (s *storm) among(spans []span, slots [][]int, book *past) [][]int {
	out := make([][]int, len(spans))
	for i, given := range s.assign(spans, book) {
		for j, k := range given {
			out[k] = append(out[k], slots[i][j])
		}
	}
	for k := range out {
		slices.Sort(out[k])
	}
	return slices.DeleteFunc(out, func(ids []int) bool { return len(ids) == 0 })
}

// past returns what is remembered of a scope.
func (g *Grouper) past(scope string) *past {
	g.clock++
	p, ok := g.pasts[scope]
	if !ok {
		if len(g.pasts) >= g.options.MaxScopes {
			oldest := ""
			for name, q := range g.pasts {
				if oldest == "" || q.used < g.pasts[oldest].used {
					oldest = name
				}
			}
			delete(g.pasts, oldest)
		}
		p = newPast()
		g.pasts[scope] = p
	}
	p.used = g.clock
	return p
}

// name gives each part the identity of the group most of its alerts were in.
func (g *Grouper) name(parts [][]int) [][]int {
	type claim struct {
		part  int
		group uint64
		n     int
	}
	var claims []claim
	for k, ids := range parts {
		n := map[uint64]int{}
		for _, id := range ids {
			if was := g.live[id].group; was != 0 {
				n[was]++
			}
		}
		for group, count := range n {
			claims = append(claims, claim{k, group, count})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		return cmp.Or(b.n-a.n, cmp.Compare(a.group, b.group), a.part-b.part)
	})
	names := make([]uint64, len(parts))
	taken := map[uint64]bool{}
	for _, c := range claims {
		if names[c.part] == 0 && !taken[c.group] {
			names[c.part], taken[c.group] = c.group, true
		}
	}
	for k, ids := range parts {
		if names[k] == 0 {
			g.lastGroup++
			names[k] = g.lastGroup
		}
		for _, id := range ids {
			g.live[id].group = names[k]
		}
	}
	return parts
}

// settle takes what is over out of the live alerts and learns from it.
func (g *Grouper) settle(parts [][]int, watermark time.Time) []Group {
	var out []Group
	last := time.Time{}
	for _, ids := range parts {
		if t := g.live[ids[len(ids)-1]].Time; t.After(last) {
			last = t
		}
	}
	over := last.Add(g.options.Quiet).Before(watermark)
	late := 2 * time.Duration(g.durations.typical()*float64(time.Second))
	for _, ids := range parts {
		grp := Group{ID: g.live[ids[0]].group, Start: g.live[ids[0]].Time, End: g.live[ids[len(ids)-1]].Time}
		for _, id := range ids {
			grp.Alerts = append(grp.Alerts, g.live[id].Alert)
		}
		grp.Settled = over || grp.End.Add(g.options.Quiet+late).Before(watermark)
		if grp.Settled {
			g.learn(ids)
			for _, id := range ids {
				g.live[id].settled = true
			}
		}
		out = append(out, grp)
	}
	return out
}

func (g *Grouper) learn(ids []int) {
	seen := map[uint64]bool{}
	keys := map[string][]uint64{}
	for _, id := range ids {
		m := &g.live[id]
		if !seen[m.fingerprint] {
			seen[m.fingerprint] = true
			keys[m.Scope] = append(keys[m.Scope], m.fingerprint)
		}
	}
	for scope, ks := range keys {
		g.past(scope).learn(ks)
	}
	if len(ids) > 1 {
		g.durations.learn(g.live[ids[len(ids)-1]].Time.Sub(g.live[ids[0]].Time).Seconds())
	}
}
