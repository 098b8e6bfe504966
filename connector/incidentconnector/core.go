package incidentconnector

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/connector/incidentconnector/internal/metadata"
	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/journal"
	"github.com/braidotel/braid/internal/outlet"
)

// core is what the nodes of one component ID share. One mutex guards all state; nothing is sent while it is held.
type core struct {
	id     component.ID
	cfg    *Config
	logger *zap.Logger
	tel    *metadata.TelemetryBuilder
	late   time.Duration // see WithLateOnset

	mu      sync.Mutex
	secret  []byte
	tenants map[string]*tenant
	// outs are the ways out, one of each node. All lead to the same consumers, so everything leaves through the first.
	outs []*outlet.Outlet[[]event]

	client    storage.Client
	journal   *journal.Journal
	compacted uint64     // segments before this one are dropped
	saving    sync.Mutex // held while what was learnt is written

	stop context.CancelFunc
	done chan struct{}
}

// event is what leaves: an incident's report or a notice.
type event struct {
	tenant   string
	incident *incident.Incident
	notice   *incident.Notice
}

func newCore(set connector.Settings, cfg *Config, late time.Duration) (*core, error) {
	tel, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	c := &core{
		id: set.ID, cfg: cfg, tel: tel, late: late, tenants: map[string]*tenant{},
		logger: set.Logger.With(zap.Stringer("component_id", set.ID)), secret: []byte(cfg.Secret),
	}
	if len(c.secret) == 0 {
		c.secret = make([]byte, 32)
		_, _ = rand.Read(c.secret) // never fails
	}
	return c, nil
}

// Start opens the storage, reads the state back and starts following the clock.
func (c *core) Start(ctx context.Context, host component.Host) error {
	if err := c.openStorage(ctx, host); err != nil {
		return err
	}
	err := c.tel.RegisterConnectorIncidentOpenCallback(func(_ context.Context, o metric.Int64Observer) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		n := 0
		for _, t := range c.tenants {
			n += t.ledger.Open()
		}
		o.Observe(int64(n))
		return nil
	})
	if err != nil {
		return err
	}
	run, cancel := context.WithCancel(context.Background())
	c.stop, c.done = cancel, make(chan struct{})
	go func() {
		defer close(c.done)
		c.run(run)
	}()
	return nil
}

// run lets incidents end when no data comes, and keeps the journal short.
func (c *core) run(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if c.follow(now) && c.journal != nil {
				_ = c.journal.Sync(ctx) // told to the next batch, which waits for it
			}
			c.compact(ctx)
			if err := c.checkpoint(ctx, false); err != nil {
				c.logger.Warn("what is learnt is not kept", zap.Error(err))
			}
		}
	}
}

// follow moves every tenant's clock on by the wall time that passed without data. It reports whether there is something
// to make durable.
func (c *core) follow(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	var events []event
	for _, t := range c.tenants {
		t.clock.Follow(now)
		events = t.advance(events)
	}
	c.put(events)
	return c.record(&batch{}, events)
}

// observe takes in what walk finds and returns when it is durable.
func (c *core) observe(ctx context.Context, walk func(*batch)) error {
	if c.journal != nil {
		if err := c.journal.Ready(ctx); err != nil {
			return fmt.Errorf("keeping incidents in %s: %w", c.cfg.Storage, err)
		}
	}
	start := time.Now()
	changed, wait := c.take(ctx, start, walk)
	c.tel.ConnectorIncidentDuration.Record(ctx, time.Since(start).Seconds())
	if wait != nil {
		if err := wait.Wait(ctx); err != nil {
			return err
		}
	}
	if changed {
		if err := c.journal.Sync(ctx); err != nil {
			return fmt.Errorf("keeping incidents in %s: %w", c.cfg.Storage, err)
		}
	}
	if c.cfg.Clock == clockReplay { // a recording runs faster than the wall clock
		return c.checkpoint(ctx, false)
	}
	return nil
}

// take applies a batch under the lock. It reports whether there is something to make durable, and what a replay waits for.
func (c *core) take(ctx context.Context, now time.Time, walk func(*batch)) (changed bool, wait *outlet.Outlet[[]event]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := &batch{core: c, now: now}
	walk(b)
	var events []event
	for _, t := range b.touched {
		t.touched = false
		events = append(events, t.notices...)
		t.notices = t.notices[:0]
		events = t.advance(events)
	}
	c.put(events)
	b.report(ctx)
	if c.cfg.Clock == clockReplay && len(c.outs) > 0 {
		wait = c.outs[0]
	}
	return c.record(b, events), wait
}

// put hands events to the first way out. The lock is held.
func (c *core) put(events []event) {
	if len(events) == 0 {
		return
	}
	if len(c.outs) == 0 {
		c.report(len(events), outlet.Lost)
		return
	}
	c.outs[0].Put(outlet.Parcel[[]event]{Data: events, Items: len(events)})
}

// report is told what became of events.
func (c *core) report(items int, result string) {
	c.tel.ConnectorIncidentEvents.Add(context.Background(), int64(items), metric.WithAttributes(attribute.String("delivery", result)))
}

// settle ends everything that a recording holds: nothing more will come. The lock is held.
func (c *core) settle() {
	var events []event
	for _, t := range c.tenants {
		events = t.finish(events)
	}
	c.put(events)
}

// Shutdown ends the core after its last node.
func (c *core) Shutdown(ctx context.Context) error {
	if c.stop != nil {
		c.stop()
		<-c.done
	}
	var err error
	if c.client != nil {
		if c.journal != nil {
			err = errors.Join(c.journal.Sync(ctx), c.checkpoint(ctx, true))
		}
		err = errors.Join(err, c.client.Close(ctx))
	}
	c.tel.Shutdown()
	return err
}
