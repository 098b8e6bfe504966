package incident

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/rca"
)

// LedgerOptions bound and tune a ledger.
type LedgerOptions struct {
	MinAlerts   int           // different alerts that make an incident by themselves; default 3
	UpdateEvery time.Duration // event time between reports of one incident; default 1 min
	Reopen      time.Duration // event time within which the same trouble is the same incident; default 10 min
	Settle      time.Duration // event time after which an incident without signs is over; default 5 min
	MaxOpen     int           // most incidents open; default 100
	MaxKept     int           // most ids of alerts kept of one incident; default 1,000
}

func (o LedgerOptions) withDefaults() LedgerOptions {
	o.MinAlerts = cmp.Or(o.MinAlerts, 3)
	o.UpdateEvery = cmp.Or(o.UpdateEvery, time.Minute)
	o.Reopen = cmp.Or(o.Reopen, 10*time.Minute)
	o.Settle = cmp.Or(o.Settle, 5*time.Minute)
	o.MaxOpen = cmp.Or(o.MaxOpen, 100)
	o.MaxKept = cmp.Or(o.MaxKept, 1000)
	return o
}

// Ledger follows the incidents of one tenant from their first sign to their end. It is not safe for concurrent use.
type Ledger struct {
	options  LedgerOptions
	tenant   string
	diagnose Diagnose
	impact   *Tracker
	cases    []*kase // open, and closed ones that may reopen; by begin
	dropped  int64
	closed   bool // nothing more will come
}

// kase is an incident with what it is made of.
type kase struct {
	Incident
	group     uint64 // the group of alerts it is about; 0: none
	detection uint64 // the disturbance it is about; 0: none
	grouped   bool   // the group is not settled
	disturbed bool   // the detection lasts
	told      bool   // opened
	changed   bool
	stirred   bool // the disturbance goes on: what it costs may have grown
	agreed    bool // several kinds of signals see the disturbance
	agreeing  int  // diagnoses in a row that suspect the same service most
	again     bool // since it is over, something came that is worth telling by itself
	lastSign  time.Time
	lastTold  time.Time
	cost      *Cost
	base      Impact    // from before a restart
	regions   []string  // of the sites whose alerts these are
	ranked    time.Time // end of the window diagnosed last
	stood     time.Time // when the disturbance last stood out; zero: never
}

// NewLedger returns an empty ledger.
func NewLedger(tenant string, options LedgerOptions, diagnose Diagnose, impact *Tracker) *Ledger {
	return &Ledger{options: options.withDefaults(), tenant: tenant, diagnose: diagnose, impact: impact}
}

// Open is how many incidents last.
func (l *Ledger) Open() int {
	n := 0
	for _, c := range l.cases {
		if c.Open {
			n++
		}
	}
	return n
}

// Dropped is how many incidents were given up because MaxOpen were open.
func (l *Ledger) Dropped() int64 { return l.dropped }

// Close says that nothing more will come: whatever is open ends with the next Advance.
func (l *Ledger) Close() { l.closed = true }

// Groups takes in what became of groups of alerts.
func (l *Ledger) Groups(groups []Group) {
	for i := range groups {
		g := &groups[i]
		if len(g.Alerts) == 0 {
			l.dissolve(g.ID)
			continue
		}
		c := l.ofGroup(g)
		c.group, c.grouped = g.ID, !g.Settled
		if len(g.Alerts) != c.Alerts {
			c.changed = true
		}
		c.again = c.again || !c.Open
		c.Alerts = len(g.Alerts)
		c.AlertIDs = c.AlertIDs[:0]
		for _, a := range g.Alerts[:min(len(g.Alerts), l.options.MaxKept)] {
			c.AlertIDs = append(c.AlertIDs, a.ID)
		}
		c.Services = named(g.Alerts, serviceOf)
		c.regions = named(g.Alerts, regionOf)
		c.Severity = max(c.Severity, worst(g.Alerts))
		c.Trace = traceOf(g.Alerts)
		if g.Start.Before(c.Began) && !c.told {
			c.Began = g.Start
		}
		c.sign(g.End)
	}
}

// dissolve takes its group from an incident: the alerts turned out to be another's. What was never told is forgotten.
func (l *Ledger) dissolve(group uint64) {
	l.cases = slices.DeleteFunc(l.cases, func(c *kase) bool {
		if c.group != group {
			return false
		}
		c.grouped, c.Alerts, c.AlertIDs = false, 0, nil
		return !c.told && c.detection == 0
	})
}

// ofGroup finds the incident of a group: the one it already has, one it had before a restart, a disturbance at the same
// time in the same services, or a new one.
func (l *Ledger) ofGroup(g *Group) *kase {
	for _, c := range l.cases {
		if c.group == g.ID {
			return c
		}
	}
	for _, c := range l.cases {
		if c.group == 0 && len(c.AlertIDs) > 0 && slices.ContainsFunc(g.Alerts, func(a Alert) bool { return slices.Contains(c.AlertIDs, a.ID) }) {
			return c
		}
	}
	services := named(g.Alerts, serviceOf)
	for _, c := range l.cases {
		if c.group == 0 && c.Open && !g.Start.After(c.lastSign.Add(l.options.Settle)) && !g.End.Before(c.Began.Add(-l.options.Settle)) && related(c.Services, services) {
			return c
		}
	}
	return l.begin(g.Start, g.Alerts[0].ID)
}

// Detections takes in what the engine says of disturbances.
func (l *Ledger) Detections(detections []rca.Detection) {
	for i := range detections {
		d := &detections[i]
		c := l.ofDetection(d)
		c.detection, c.disturbed = d.ID, d.Phase != rca.PhaseClosed
		if c.group == 0 && len(d.Services) > 0 {
			c.Services = d.Services
		}
		c.UserFacing = c.UserFacing || d.UserFacing
		if !d.Calm && (d.UserFacing || !c.UserFacing) {
			c.stood = d.At
		}
		agreed := corroborated(d.Findings)
		c.agreed = c.agreed || agreed
		c.again = c.again || !c.Open && (agreed || d.UserFacing)
		if d.UserFacing {
			c.Severity = max(c.Severity, SeverityError)
		}
		if d.Onset.Before(c.Began) && !c.told {
			c.Began = d.Onset
		}
		c.changed = c.changed || d.Phase != rca.PhaseUpdated
		c.stirred = true
		c.sign(d.At)
	}
}

func (l *Ledger) ofDetection(d *rca.Detection) *kase {
	for _, c := range l.cases {
		if c.detection == d.ID {
			return c
		}
	}
	for _, c := range l.cases { // alerts of it may have come first, or it goes on after a restart or a short calm
		near := !d.Onset.After(c.lastSign.Add(l.options.Settle))
		if !c.Open {
			near = !d.Onset.After(c.Ended.Add(l.options.Reopen))
		}
		if !c.disturbed && near && related(c.Services, d.Services) {
			return c
		}
	}
	return l.begin(d.Onset, strconv.FormatUint(d.ID, 10))
}

// begin enters a new incident. Its id follows from what it begins with: a replay gives it again.
func (l *Ledger) begin(at time.Time, first string) *kase {
	id := ""
	for again := 0; id == "" || slices.ContainsFunc(l.cases, func(c *kase) bool { return c.ID == id }); again++ {
		// What another began with may now be this one's.
		sum := sha256.Sum256([]byte(strings.Join([]string{l.tenant, at.UTC().Format(time.RFC3339Nano), first, strconv.Itoa(again)}, "\x00")))
		id = "inc-" + hex.EncodeToString(sum[:6])
	}
	c := &kase{cost: NewCost(at)}
	c.ID, c.Open, c.Began, c.Severity, c.None = id, true, at, SeverityWarn, true
	if len(l.cases) >= l.options.MaxOpen {
		l.cases = l.cases[1:]
		l.dropped++
	}
	l.cases = append(l.cases, c)
	return c
}

func (c *kase) sign(at time.Time) {
	if at.After(c.lastSign) {
		c.lastSign = at
	}
}

// Advance moves event time on and returns what is to be reported.
func (l *Ledger) Advance(now time.Time) []Incident {
	var out []Incident
	for _, c := range l.cases {
		if phase := l.due(c, now); phase != "" {
			out = append(out, l.report(c, phase, now))
		}
	}
	l.cases = slices.DeleteFunc(l.cases, func(c *kase) bool {
		return !c.Open && (!c.told || !c.disturbed && now.Sub(c.Ended) > l.options.Reopen)
	})
	return out
}

// due says what is to be reported of an incident now; empty: nothing.
func (l *Ledger) due(c *kase, now time.Time) Phase {
	living := !l.closed && (c.grouped || c.disturbed || c.group == 0 && now.Sub(c.lastSign) < l.options.Settle)
	switch {
	case !c.Open && living && c.changed && c.again:
		c.Open, c.Ended, c.again = true, time.Time{}, false
		return PhaseReopened
	case c.Open && !living:
		c.Open, c.Ended = false, c.lastSign
		if !c.told && c.Alerts == 0 {
			return "" // nobody felt it
		}
		return PhaseResolved
	case !c.Open || !l.serious(c):
		return ""
	case !c.told:
		return PhaseOpened
	case c.changed && now.Sub(c.lastTold) >= l.options.UpdateEvery,
		c.stirred && now.Sub(c.lastTold) >= max(l.options.UpdateEvery, now.Sub(c.Began)/4):
		return PhaseUpdated
	}
	return ""
}

// serious says whether an incident is worth telling before it is over: users feel it, several kinds of signals or several
// alerts agree, or an alert says that it is grave.
func (l *Ledger) serious(c *kase) bool {
	return c.told || c.UserFacing || c.agreed || c.Alerts >= l.options.MinAlerts || c.Severity >= SeverityError
}

// Surprises, in nats, at which a finding counts as seen, and at which one of what services do counts as strong.
const (
	plain  = 3
	strong = 6
)

// corroborated says whether what a service does stands out most, or strongly so beside findings of other kinds: metrics
// alone drift by themselves.
func corroborated(findings []rca.Finding) bool {
	if len(findings) > 0 && findings[0].Signal != rca.SignalMetric && findings[0].Surprise >= plain {
		return true
	}
	seen, does := map[rca.Signal]bool{}, false
	for i := range findings {
		f := &findings[i]
		if f.Surprise < plain || f.ExplainedBy != "" {
			continue
		}
		seen[f.Signal] = true
		does = does || f.Signal != rca.SignalMetric && f.Surprise >= strong
	}
	return does && len(seen) > 1
}

// report makes the report of an incident.
func (l *Ledger) report(c *kase, phase Phase, now time.Time) Incident {
	until := now
	if !c.Open {
		until = c.Ended
	}
	end := until
	if !c.stood.IsZero() {
		end = c.stood // what comes after tells of a system that comes to rest
	}
	if end.After(c.ranked) && l.diagnose != nil {
		d := l.diagnose(rca.Window{Onset: c.Began, End: end})
		if c.believes(&d) {
			c.believe(&d)
		}
		if !c.told && c.Alerts == 0 && d.Window.Onset.After(c.Began) {
			c.Began = d.Window.Onset // what was seen before was something else
			c.cost = NewCost(c.Began)
		}
		c.ranked = end
	}
	if l.impact != nil {
		c.Impact = l.impact.Impact(c.cost, until).onTopOf(c.base)
	}
	c.Impact = c.Impact.in(c.regions)
	top, _ := c.Cause()
	c.Advice = Advise(top.Kind, English)
	if c.Impact.Business > 0 {
		c.Severity = max(c.Severity, SeverityError)
	}
	if !l.serious(c) {
		c.Severity = SeverityInfo
	}
	c.Phase, c.At, c.told, c.changed, c.stirred, c.lastTold = phase, now, true, false, false, now
	out := c.Incident
	out.AlertIDs, out.Services = slices.Clone(c.AlertIDs), slices.Clone(c.Services)
	return out
}

// fading is the part of a cause's score below which a later diagnosis is one of the trouble's end: it finds what was strange
// beside the trouble, too.
const fading = .5

// believes says whether a new diagnosis replaces the one there is: the later one has seen more, unless it finds nothing any
// more, or so little that the trouble, whose cause two looks agreed on, must have died away. One that judges changes always
// does.
func (c *kase) believes(o *Opinion) bool {
	was, found := c.Cause()
	switch {
	case !found || o.Verdict != nil && !o.None:
		return true
	case o.None:
		return false
	}
	return c.agreeing < 2 || o.Hypotheses[0].Score >= fading*was.Score
}

// believe takes a diagnosis over.
func (c *kase) believe(o *Opinion) {
	was, found := c.Cause()
	c.Hypotheses, c.None = o.Hypotheses[:min(3, len(o.Hypotheses))], o.None
	c.Suspects, c.Affected, c.Verdict = suspects(o.Hypotheses), o.Affected, o.Verdict
	now, _ := c.Cause()
	if !found || now.Service != was.Service {
		c.agreeing = 0
	}
	c.agreeing++
}

// related says whether two sets of services may be one trouble's: they share one, or one of them says nothing.
func related(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// serviceOf is the service of an alert, regionOf where it was told of; for [named].
func serviceOf(a *Alert) string { return a.Service }
func regionOf(a *Alert) string  { return a.Region }

// named are the names of that kind in alerts, that of most alerts first.
func named(alerts []Alert, of func(*Alert) string) []string {
	counts := map[string]int64{}
	for i := range alerts {
		if name := of(&alerts[i]); name != "" {
			counts[name]++
		}
	}
	return ranked(counts)
}

func worst(alerts []Alert) int32 {
	out := int32(0)
	for i := range alerts {
		out = max(out, alerts[i].Severity)
	}
	return out
}

func traceOf(alerts []Alert) [16]byte {
	for i := range alerts {
		if alerts[i].Trace != ([16]byte{}) {
			return alerts[i].Trace
		}
	}
	return [16]byte{}
}
