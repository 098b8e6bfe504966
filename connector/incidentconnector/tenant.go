package incidentconnector

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/change/symptom"
	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/rca"
	"github.com/braidotel/braid/internal/sketch"
)

// Bounds of one tenant that follow from others.
const (
	maxFailing  = 16_384 // traces known to have failed
	maxScopes   = 5_000  // services whose scope is known, and pods whose service is
	maxVariants = 8_192  // versions, flags and their variants
	maxRegional = 1_024  // services with incidents in a region
	maxChanges  = 1_000  // deployments, flags and commits, each
	teachEvery  = time.Minute
	silent      = 10 * time.Minute // an episode of which nothing is heard is over
)

// tenant is everything known of one tenant.
type tenant struct {
	name    string
	touched bool
	kept    eventtime.Instant // watermark when what was learnt was last kept
	clock   *eventtime.Clock
	grouper *incident.Grouper
	engine  *rca.Engine
	ledger  *incident.Ledger
	tracker *incident.Tracker
	watch   *incident.Watch
	feed    *symptom.Feed
	changes *change.Ledger

	seen     *simplelru.LRU[string, struct{}]   // alerts, by ID
	failing  *simplelru.LRU[[16]byte, struct{}] // traces
	scopes   *simplelru.LRU[string, string]     // of a service
	totals   *simplelru.LRU[string, total]      // counters
	variants *simplelru.LRU[string, time.Time]  // versions and flags since when known, and their variants when last seen
	regional *simplelru.LRU[string, regional]   // incidents of regions, by service
	pods     *simplelru.LRU[string, string]     // to their services
	firing   map[string]incident.Alert          // not settled, by ID
	settled  []string                           // alerts that are settled since the last record
	taught   time.Time
	notices  []event
	counted  counted
}

// total is the last value of a counter.
type total struct {
	at    int64
	value float64
}

// counted is what was already reported of own tables.
type counted struct{ series, alerts, incidents, watched int64 }

func (c *core) newTenant(name string) *tenant {
	l := c.cfg.Limits
	t := &tenant{
		name:    name,
		clock:   eventtime.NewClock(eventtime.Config{Lateness: c.cfg.Lateness, MaxSkew: c.cfg.MaxSkew, Replay: c.cfg.Clock == clockReplay}),
		grouper: incident.NewGrouper(incident.Options{Quiet: c.cfg.Quiet, MaxAlerts: l.Alerts}),
		engine:  rca.New(rca.Options{MaxSeries: l.Series, MaxPoints: l.Series, MaxTemplates: l.Series / 2, MaxTraces: l.Traces, MaxHeld: 10 * l.Traces}),
		watch:   incident.NewWatch(l.Watched, silent),
		feed:    symptom.NewFeed(),
		changes: change.NewLedger(maxChanges),
		firing:  map[string]incident.Alert{},
	}
	hasher, _ := sketch.NewHasher(c.secret, name) // fails without a secret only
	t.tracker = incident.NewTracker(&hasher, l.Carts)
	inquest := &incident.Inquest{Engine: t.engine, Book: t.feed.Book, Changes: t.changes}
	find := func(w rca.Window) incident.Opinion {
		w.Onset = w.Onset.Add(c.late)
		return inquest.Find(w)
	}
	t.ledger = incident.NewLedger(name, incident.LedgerOptions{
		MinAlerts: c.cfg.MinAlerts, UpdateEvery: c.cfg.UpdateInterval, Reopen: c.cfg.Reopen, MaxOpen: l.Incidents,
	}, find, t.tracker)
	// These fail on a size below 1 only.
	t.seen, _ = simplelru.NewLRU[string, struct{}](2*l.Alerts, nil)
	t.failing, _ = simplelru.NewLRU[[16]byte, struct{}](maxFailing, nil)
	t.scopes, _ = simplelru.NewLRU[string, string](maxScopes, nil)
	t.totals, _ = simplelru.NewLRU[string, total](l.Series, nil)
	t.variants, _ = simplelru.NewLRU[string, time.Time](maxVariants, nil)
	t.regional, _ = simplelru.NewLRU[string, regional](maxRegional, nil)
	t.pods, _ = simplelru.NewLRU[string, string](maxScopes, nil)
	return t
}

// advance moves everything on to the watermark and adds what there is to say.
func (t *tenant) advance(events []event) []event {
	mark := t.clock.Watermark()
	if mark == 0 {
		return events
	}
	now := mark.Time()
	detections := t.engine.Advance(now)
	t.teach(now)
	t.ledger.Detections(detections)
	t.group(t.grouper.Advance(now))
	for _, n := range t.watch.Advance(now) {
		events = append(events, event{tenant: t.name, notice: &n})
	}
	return t.tell(events, now)
}

// finish settles everything.
func (t *tenant) finish(events []event) []event {
	head := t.clock.Head().Time()
	for range 3 { // what the traces still held tell is looked at too
		t.ledger.Detections(t.engine.Advance(head))
		head = head.Add(rca.Hold)
	}
	t.group(t.grouper.Flush())
	events = t.tell(events, head)
	t.ledger.Close()
	return t.tell(events, head)
}

func (t *tenant) group(groups []incident.Group) {
	t.ledger.Groups(groups)
	for i := range groups {
		if !groups[i].Settled {
			continue
		}
		for j := range groups[i].Alerts {
			id := groups[i].Alerts[j].ID
			delete(t.firing, id)
			t.settled = append(t.settled, id)
		}
	}
}

func (t *tenant) tell(events []event, now time.Time) []event {
	for _, i := range t.ledger.Advance(now) {
		events = append(events, event{tenant: t.name, incident: &i})
	}
	return events
}

// teach tells the grouper which services call which.
func (t *tenant) teach(now time.Time) {
	if now.Sub(t.taught) < teachEvery {
		return
	}
	t.taught = now
	for _, e := range t.engine.Edges() {
		client, _ := t.scopes.Peek(e.Client)
		server, _ := t.scopes.Peek(e.Server)
		t.grouper.Topology().Observe(incident.Node(client, e.Client), incident.Node(server, e.Server), now)
	}
}
