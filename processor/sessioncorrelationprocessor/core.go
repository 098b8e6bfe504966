package sessioncorrelationprocessor

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/session"
	"github.com/braidotel/braid/internal/sharedcore"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor/internal/metadata"
)

// liveTick is how often a live core looks whether time has run out for anything while no data comes.
const liveTick = 200 * time.Millisecond

// node is one pipeline's share in the core.
type node interface{ component.Component }

// core is what the pipelines of one component ID share. mu guards the tenants and everything in them; it is never held
// across a call to a next consumer or to storage.
type core struct {
	cfg        *Config
	id         component.ID
	logger     *zap.Logger
	telemetry  *metadata.TelemetryBuilder
	plan       *plan
	pseudonyms *pseudonyms
	tables     session.Config
	batches    sync.Pool

	nodesMu   sync.Mutex
	traces    []*pipe[ptrace.Traces]
	logs      []*pipe[plog.Logs]
	metrics   []*metrics
	pipelines map[byte]int // there ever were, by signal of what they hold

	mu       sync.Mutex
	tenants  map[string]*tenant
	finished bool
	strange  sync.Once // tells of stores under another secret

	store *store // nil without storage

	loop sharedcore.Loop
}

// tenant is one tenant's table and what is counted for it.
type tenant struct {
	name    string
	table   *session.Table
	emitted eventtime.Instant // last tick of the metrics
	sales   map[saleKey]*saleTotal
	told    session.Stats // counts already added to the component's own telemetry
	views   comparison
}

// output is what has become ready to leave.
type output struct {
	events   []tenantEvents
	releases []session.Release
	metrics  []pmetric.Metrics
}

// tenantEvents are events of one tenant, encoded, with their ticket in the journal.
type tenantEvents struct {
	ticket uint64
	size   int
	logs   plog.Logs
}

func newCore(set processor.Settings, cfg *Config) (*core, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	rules, err := cfg.rules()
	if err != nil {
		return nil, err
	}
	p, err := newPlan(cfg, rules)
	if err != nil {
		return nil, err
	}
	c := &core{
		cfg: cfg, id: set.ID, logger: set.Logger.With(zap.Stringer("component_id", set.ID)), telemetry: telemetry,
		plan: p, pseudonyms: newPseudonyms(cfg, rules), tenants: make(map[string]*tenant), pipelines: make(map[byte]int),
	}
	c.tables = tableConfig(cfg)
	c.batches.New = func() any { return newBatch(c) }
	return c, nil
}

func tableConfig(cfg *Config) session.Config {
	l := cfg.Limits
	return session.Config{
		Wait: cfg.Wait, Idle: cfg.Session.Idle, Linger: cfg.Session.Linger, Lateness: cfg.Lateness,
		MaxSkew: cfg.MaxSkew, Replay: cfg.Clock == clockReplay, TraceTTL: cfg.Session.TraceTTL,
		Remember: cfg.Session.Remember, LongAfter: cfg.Session.LongAfter,
		Promote: promotions[cfg.Identity.PromoteTokens], PromoteAfter: cfg.Identity.PromoteAfter,
		FloodAttempts: cfg.Login.FloodAttempts,
		MaxSessions:   l.Sessions, MaxTraces: l.Traces, MaxHeld: l.Held, MaxTokens: l.Tokens, MaxRemembered: l.Counted,
		MaxPlaces: l.Places, MaxPages: 4096, MaxClients: l.Clients, MaxStored: l.Stored,
		Key: tableKey(cfg),
	}
}

// tableKey derives the key of the tables' hashes from the secret; without one it is random.
func tableKey(cfg *Config) session.Key {
	if cfg.Secret != "" {
		return session.DeriveKey(string(cfg.Secret))
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return session.Key{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:])}
}

// lock begins a change of the state, and with storage a group of journal entries: a crash leaves all of the change or
// nothing of it.
func (c *core) lock() {
	c.mu.Lock()
	if c.store != nil {
		c.store.group = c.store.journal.Begin()
	}
}

func (c *core) unlock() {
	if c.store != nil {
		c.store.group.End()
	}
	c.mu.Unlock()
}

// attach and detach keep the nodes that things can leave through.
func (c *core) attach(n node) {
	c.nodesMu.Lock()
	defer c.nodesMu.Unlock()
	switch n := n.(type) {
	case *pipe[ptrace.Traces]:
		c.traces = append(c.traces, n)
		c.pipelines[signalTraces]++
	case *pipe[plog.Logs]:
		c.logs = append(c.logs, n)
		c.pipelines[signalLogs]++
	case *metrics:
		c.metrics = append(c.metrics, n)
	}
}

// detach hands over all that the core owes the node, except what waits in the storage for the next start, then leaves the
// node out. A second call does nothing.
func (c *core) detach(n node) {
	if !c.attached(n) {
		return
	}
	c.lock()
	var ready output
	if c.cfg.Clock == clockReplay && c.store == nil && !c.finished {
		c.finished = true // recorded data has an end, and this is it
		for _, t := range c.tenants {
			t.table.Finish(time.Now())
			c.collect(t, &ready)
		}
	}
	if _, ok := n.(*metrics); ok {
		for _, t := range c.tenants {
			c.tick(t, t.table.Head(), &ready)
		}
	}
	for _, t := range c.tenants {
		t.table.CancelHeld(func(payload any) bool { return payload.(*waiting).owner() == n && c.stays(payload.(*waiting)) })
		t.table.ReleaseHeld(func(payload any) bool { return payload.(*waiting).owner() == n })
		c.collect(t, &ready)
	}
	c.unlock()
	c.deliver(&ready)

	c.nodesMu.Lock()
	defer c.nodesMu.Unlock()
	switch n := n.(type) {
	case *pipe[ptrace.Traces]:
		c.traces = slices.DeleteFunc(c.traces, func(have *pipe[ptrace.Traces]) bool { return have == n })
	case *pipe[plog.Logs]:
		c.logs = slices.DeleteFunc(c.logs, func(have *pipe[plog.Logs]) bool { return have == n })
	case *metrics:
		c.metrics = slices.DeleteFunc(c.metrics, func(have *metrics) bool { return have == n })
	}
}

// stays reports whether what is held may go on waiting in the storage when its node stops. It does not say which of
// several pipelines it came through.
func (c *core) stays(w *waiting) bool {
	c.nodesMu.Lock()
	defer c.nodesMu.Unlock()
	return w.ticket != 0 && c.pipelines[w.signal()] == 1
}

// attached reports whether things can leave through the node.
func (c *core) attached(n node) bool {
	c.nodesMu.Lock()
	defer c.nodesMu.Unlock()
	switch n := n.(type) {
	case *pipe[ptrace.Traces]:
		return slices.Contains(c.traces, n)
	case *pipe[plog.Logs]:
		return slices.Contains(c.logs, n)
	case *metrics:
		return slices.Contains(c.metrics, n)
	}
	return false
}

// Start recovers the state and begins to follow the clock.
func (c *core) Start(ctx context.Context, host component.Host) error {
	if err := c.checkExits(); err != nil {
		return err
	}
	if c.cfg.Storage != nil {
		if err := c.openStore(ctx, host); err != nil {
			return err
		}
	}
	if err := c.observe(); err != nil {
		return err
	}
	c.loop.Begin(liveTick, c.runOnce)
	return nil
}

// checkExits refuses a configuration that gives what the core derives nothing to leave through.
func (c *core) checkExits() error {
	c.nodesMu.Lock()
	defer c.nodesMu.Unlock()
	var missing []string
	if c.cfg.Events.Enabled && len(c.logs) == 0 {
		missing = append(missing, fmt.Sprintf("session events have no logs pipeline to leave through: "+
			"add %q to service::pipelines::logs::processors, or set events::enabled to false", c.id))
	}
	if c.cfg.Metrics.Enabled && len(c.metrics) == 0 {
		missing = append(missing, fmt.Sprintf("session metrics have no metrics pipeline to leave through: "+
			"add %q to service::pipelines::metrics::processors, or set metrics::enabled to false", c.id))
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s", strings.Join(missing, "; "))
	}
	return nil
}

// Shutdown stops the clock and closes the storage; by now every node has flushed.
func (c *core) Shutdown(ctx context.Context) error {
	c.loop.End()
	err := c.closeStore(ctx)
	c.telemetry.Shutdown()
	return err
}

// runOnce lets time pass for all tenants.
func (c *core) runOnce(ctx context.Context, now time.Time) {
	var ready output
	c.lock()
	for _, t := range c.tenants {
		c.advance(t, now, &ready)
	}
	c.unlock()
	c.deliver(&ready)
	c.maintain(ctx, now)
}

// storageReady refuses data while the storage refuses writes.
func (c *core) storageReady(ctx context.Context) error {
	if c.store == nil {
		return nil
	}
	return c.store.ready(ctx)
}

// begin starts the work on what a node was given or has recovered.
func (c *core) begin(ctx context.Context) *batch {
	b := c.batches.Get().(*batch)
	b.began = time.Now()
	b.reader.from(ctx)
	return b
}

// tenant returns the tenant called name; those beyond the limit share one.
func (c *core) tenant(name string) *tenant {
	if t, ok := c.tenants[name]; ok {
		return t
	}
	if len(c.tenants) >= c.cfg.Limits.Tenants {
		c.countEvicted("tenants", 1)
		name = "other"
		if t, ok := c.tenants[name]; ok {
			return t
		}
	}
	t := &tenant{
		name: strings.Clone(name), table: session.NewTable(c.tables), sales: make(map[saleKey]*saleTotal),
		told: session.Stats{Ended: make(map[session.EndReason]uint64)},
	}
	t.table.Track(c.store != nil)
	c.tenants[t.name] = t
	return t
}

// advance lets a tenant's time pass and collects what that made ready.
func (c *core) advance(t *tenant, now time.Time, ready *output) {
	t.table.Advance(now)
	c.collect(t, ready)
	c.record(t)
	if head := t.table.Head(); head != 0 && c.cfg.Metrics.Enabled {
		if t.emitted == 0 {
			t.emitted = head.Truncate(c.cfg.Metrics.Interval) // no point lies before the start of what it counts
		}
		if at := head.Truncate(c.cfg.Metrics.Interval); at > t.emitted {
			c.tick(t, at, ready)
		}
	}
}

func (c *core) collect(t *tenant, ready *output) {
	events, released := t.table.Take()
	ready.releases = append(ready.releases, released...)
	if len(events) > 0 && c.cfg.Events.Enabled {
		te := tenantEvents{size: len(events), logs: c.encodeEvents(t, events)}
		te.ticket = c.owe(entryEvents, signalLogs, func() ([]byte, error) {
			return (&plog.ProtoMarshaler{}).MarshalLogs(te.logs)
		})
		ready.events = append(ready.events, te)
	}
	c.tell(t)
}

// deliver sends what is ready on its way.
func (c *core) deliver(ready *output) {
	for i := range ready.releases {
		r := &ready.releases[i]
		w := r.Payload.(*waiting)
		c.countItems(w.size(), r.Known)
		w.deliver(c, w.ticket, &r.Identity)
	}
	c.deliverEvents(ready.events)
	c.deliverMetrics(ready.metrics)
}

// Outcomes of items.
var (
	outcomeStamped   = metric.WithAttributeSet(attribute.NewSet(attribute.String("outcome", "stamped")))
	outcomeUnmatched = metric.WithAttributeSet(attribute.NewSet(attribute.String("outcome", "unmatched")))
)

func (c *core) countItems(n int, known bool) {
	if n == 0 {
		return
	}
	outcome := outcomeUnmatched
	if known {
		outcome = outcomeStamped
	}
	c.telemetry.ProcessorSessionCorrelationItems.Add(context.Background(), int64(n), outcome)
}
