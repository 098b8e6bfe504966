package concurrencyprocessor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/journal"
	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/sharedcore"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/metadata"
)

// core is what the nodes of one component ID share. One mutex guards all counting; nothing is sent while it is held.
type core struct {
	id       component.ID
	cfg      *Config
	logger   *zap.Logger
	tel      *metadata.TelemetryBuilder
	specs    []keySpec
	counting counter.Config
	window   string                   // the window's length as an attribute
	names    []string                 // of the attributes that hold identities
	byLength [maxAttribute + 1]uint16 // sets of indices into names, by the length of the name

	mu        sync.Mutex
	secret    []byte
	tenants   map[string]*tenant
	batch     *batch
	metrics   []*outlet.Outlet[[]gaugePoint]
	logs      []*outlet.Outlet[[]sketchRecord]
	unflushed int64 // observations since the last flush

	client    storage.Client
	journal   *journal.Journal
	debts     debts
	rewriting rewriting
	deferred  []journal.Entry // of a replay: what came late, until that has closed which it came too late for

	loop sharedcore.Loop
}

func newCore(set processor.Settings, cfg *Config) (*core, error) {
	tel, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	c := &core{
		id: set.ID, cfg: cfg, tel: tel, window: eventtime.Text(cfg.Window), tenants: map[string]*tenant{},
		logger: set.Logger.With(zap.Stringer("component_id", set.ID)),
		secret: []byte(cfg.Secret), rewriting: rewriting{slice: sliceBytes},
	}
	if len(c.secret) == 0 {
		c.secret = make([]byte, 32)
		_, _ = rand.Read(c.secret) // never fails
	}
	for i, key := range cfg.Keys {
		c.specs = append(c.specs, keySpec{names: strings.Split(key, "+"), primary: i == 0})
	}
	c.counting = counter.Config{Plan: cfg.plan(), MaxKeys: cfg.Limits.Keys, Total: cfg.Total, Gauges: cfg.Metrics.Enabled, MaxPast: cfg.Limits.KeptBytes}
	for i, id := range cfg.Identities {
		c.counting.Identities = append(c.counting.Identities, id.Name)
		c.names = append(c.names, id.Attribute)
		c.byLength[len(id.Attribute)] |= 1 << i
	}
	c.batch = newBatch(c)
	return c, nil
}

// Start opens the storage, reads the state back and starts following the clock.
func (c *core) Start(ctx context.Context, host component.Host) error {
	if err := c.checkExits(); err != nil {
		return err
	}
	if err := c.openStorage(ctx, host); err != nil {
		return err
	}
	if err := c.observeOwnState(); err != nil {
		return err
	}
	c.loop.Begin(min(c.cfg.Tick, time.Second), c.runOnce)
	return nil
}

// checkExits makes sure that everything configured to leave has a pipeline to leave through.
func (c *core) checkExits() error {
	var errs []error
	if c.cfg.Metrics.Enabled && len(c.metrics) == 0 {
		errs = append(errs, fmt.Errorf("%s has no way out for its gauges: add %q to service::pipelines::metrics::processors, "+
			"or set metrics::enabled: false", c.id, c.id))
	}
	if c.cfg.Sketches.Enabled && len(c.logs) == 0 {
		errs = append(errs, fmt.Errorf("%s has no way out for its sketches: add %q to service::pipelines::logs::processors, "+
			"or set sketches::enabled: false", c.id, c.id))
	}
	if c.cfg.Sketches.Enabled && c.cfg.Secret == "" {
		c.logger.Warn("no secret is set: the sketches of this collector merge with those of no other")
	}
	return errors.Join(errs...)
}

func (c *core) observeOwnState() error {
	limit := int64(c.cfg.Limits.Keys)
	return errors.Join(
		c.tel.RegisterProcessorConcurrencyKeysCallback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(c.sum((*counter.Counter).Keys))
			return nil
		}),
		c.tel.RegisterProcessorConcurrencyKeysLimitCallback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(limit)
			return nil
		}),
		c.tel.RegisterProcessorConcurrencyMemoryCallback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(c.sum((*counter.Counter).Bytes))
			return nil
		}),
	)
}

func (c *core) sum(f func(*counter.Counter) int) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, t := range c.tenants {
		n += f(t.counter)
	}
	return int64(n)
}

// runOnce lets windows close when no data comes, and keeps the journal short.
func (c *core) runOnce(ctx context.Context, now time.Time) {
	c.follow(now)
	c.compact(ctx)
}

// follow moves every tenant's clock on by the wall time that passed without data.
func (c *core) follow(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cfg.Edge != "" && len(c.tenants) == 0 {
		c.tenant("") // an edge that has seen nobody yet reports, too
	}
	for name, t := range c.tenants {
		t.clock.Follow(now)
		c.advance(t, c.lastClosed(t.clock.Watermark()), now)
		c.sayHello(t, now)
		// A tenant who is forgotten loses its watermark too, so only when room gets scarce.
		if len(c.tenants) > c.cfg.Limits.Tenants/2 && t.counter.Empty() {
			delete(c.tenants, name)
		}
	}
}

// observe counts what walk finds and returns when it is durable.
func (c *core) observe(ctx context.Context, walk func(*batch)) error {
	if c.journal != nil {
		if err := c.journal.Ready(ctx); err != nil {
			return fmt.Errorf("keeping counts in %s: %w", c.cfg.Storage, err)
		}
	}
	start := time.Now()
	changed := c.count(ctx, start, walk)
	c.tel.ProcessorConcurrencyDuration.Record(ctx, time.Since(start).Seconds())
	if c.cfg.Clock == clockReplay {
		c.waitForRoom(ctx)
	}
	if changed && !ackBeforeFlush {
		if err := c.journal.Sync(ctx); err != nil {
			return fmt.Errorf("keeping counts in %s: %w", c.cfg.Storage, err)
		}
	}
	return nil
}

// count applies a batch under the lock. It reports whether there is something to make durable.
func (c *core) count(ctx context.Context, now time.Time, walk func(*batch)) (changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.batch
	b.begin(now)
	walk(b)
	b.count()
	changed = c.record(b)
	for _, t := range b.touched {
		t.touched = false
		c.advance(t, c.lastClosed(t.clock.Watermark()), now)
	}
	c.report(ctx, b)
	b.end()
	return changed || c.journal != nil && len(b.received)+len(b.reported) > 0
}

// Shutdown ends the core after its last node.
func (c *core) Shutdown(ctx context.Context) error {
	c.loop.End()
	err := c.closeStorage(ctx)
	if c.journal == nil && c.unflushed > 0 && (c.cfg.Metrics.Enabled || c.cfg.Sketches.Enabled) {
		c.tel.ProcessorConcurrencyObservations.Add(ctx, c.unflushed, lostObservations)
		c.logger.Warn("observations came after the pipelines they would leave through had stopped; set storage to keep them",
			zap.Int64("observations", c.unflushed))
	}
	c.tel.Shutdown()
	return err
}

// cut says which ticks a bucket of another node covers; false if its edges lie within ticks.
func (c *core) cut(f sketch.Frame) (start, width int64, ok bool) {
	tick := int64(c.cfg.Tick)
	from, tier := f.Start.UnixNano(), int64(f.Tier)
	switch {
	case tier <= 0 || from <= 0:
		return 0, 0, false
	case tier%tick == 0 && from%tier == 0:
		return from / tick, tier / tick, true
	case tier < tick && (from+tier-1)/tick == from/tick:
		return from / tick, 1, true
	}
	return 0, 0, false
}
