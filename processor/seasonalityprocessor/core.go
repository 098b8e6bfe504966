package seasonalityprocessor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/sharedcore"
	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/metadata"
)

// core is what the nodes of one component ID share. One mutex guards all learning; nothing is sent or stored while it is
// held.
type core struct {
	id     component.ID
	cfg    *Config
	logger *zap.Logger
	tel    *metadata.TelemetryBuilder
	labels *labels
	models models
	rules  *rules

	mu      sync.Mutex
	nodes   []*node
	tenants map[string]*tenant
	order   []*tenant // as they came
	batch   *batch
	active  int // series in an episode

	// Since the last report of the core's own telemetry:
	evictedSeries, evictedStreams, episodes, lost int64

	store *store // nil without storage
	loop  sharedcore.Loop
}

func newCore(set processor.Settings, cfg *Config, m models) (*core, error) {
	tel, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	c := &core{
		id: set.ID, cfg: cfg, tel: tel, labels: newLabels(set.ID), models: m, rules: compileRules(cfg), tenants: map[string]*tenant{},
		logger: set.Logger.With(zap.Stringer("component_id", set.ID)),
	}
	c.batch = newBatch(c)
	return c, nil
}

// Start opens the storage, reads the models back and starts following the clock.
func (c *core) Start(ctx context.Context, host component.Host) error {
	if err := c.openStorage(ctx, host); err != nil {
		return err
	}
	if err := c.observeOwnState(); err != nil {
		return err
	}
	c.loop.Begin(time.Second, c.runOnce)
	return nil
}

func (c *core) observeOwnState() error {
	limit := int64(c.cfg.MaxSeries)
	return errors.Join(
		c.tel.RegisterProcessorSeasonalitySeriesCallback(func(_ context.Context, o metric.Int64Observer) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			n := 0
			for _, t := range c.order {
				n += t.series
			}
			o.Observe(int64(n), c.labels.itself)
			return nil
		}),
		c.tel.RegisterProcessorSeasonalitySeriesActiveCallback(func(_ context.Context, o metric.Int64Observer) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			o.Observe(int64(c.active), c.labels.itself)
			return nil
		}),
		c.tel.RegisterProcessorSeasonalitySeriesLimitCallback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(limit, c.labels.itself)
			return nil
		}),
	)
}

// runOnce lets intervals and episodes end when no data comes, and stores what was learnt.
func (c *core) runOnce(ctx context.Context, now time.Time) {
	c.follow(ctx, now)
	c.checkpoint(ctx, now)
}

// follow moves every tenant's clock on by the wall time that passed without data.
func (c *core) follow(ctx context.Context, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.order {
		t.clock.Follow(now)
		c.sweep(t)
	}
	c.ship()
	c.reportCounts(ctx)
}

// learn takes in a batch that came through n.
func (c *core) learn(ctx context.Context, n *node, md pmetric.Metrics) {
	start := time.Now()
	c.mu.Lock()
	b := c.batch
	b.begin(n, start)
	b.metrics(md)
	for _, t := range b.touched {
		t.touched = false
		c.sweep(t)
	}
	c.ship()
	c.reportCounts(ctx)
	c.reportBatch(ctx, b)
	b.end()
	c.mu.Unlock()
	c.tel.ProcessorSeasonalityDuration.Record(ctx, time.Since(start).Seconds(), c.labels.itself)
}

// ship hands what was derived to the outlets. The lock is held.
func (c *core) ship() {
	for _, n := range c.nodes {
		if len(n.reports) == 0 {
			continue
		}
		n.out.Put(outlet.Parcel[[]report]{Data: slices.Clone(n.reports), Items: c.points(n.reports)})
		clear(n.reports)
		n.reports = n.reports[:0]
	}
}

func (c *core) attach(n *node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = append(c.nodes, n)
}

// detach takes the node off the core; false if it was off already.
func (c *core) detach(n *node) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.nodes)
	c.nodes = slices.DeleteFunc(c.nodes, func(have *node) bool { return have == n })
	return len(c.nodes) < before
}

// Shutdown ends the core after its last node.
func (c *core) Shutdown(ctx context.Context) error {
	c.loop.End()
	err := c.closeStorage(ctx)
	c.tel.Shutdown()
	return err
}
