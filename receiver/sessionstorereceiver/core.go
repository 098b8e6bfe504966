package sessionstorereceiver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/session"
	"github.com/braidotel/braid/internal/sharedcore"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/metadata"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/view"
)

// node is one pipeline's share in the core.
type node struct {
	handle *sharedcore.Handle[*core]
}

// Start starts the core; it begins to read when all of its nodes have been started, for what lies behind the others does
// not run before.
func (n *node) Start(ctx context.Context, host component.Host) error {
	if err := n.handle.Start(ctx, host); err != nil {
		return err
	}
	n.handle.Core.started(host)
	return nil
}

// Shutdown ends the reading with the first node that stops: what is read belongs together.
func (n *node) Shutdown(ctx context.Context) error {
	n.handle.Core.stop()
	return n.handle.Shutdown(ctx)
}

// core is what the pipelines of one component ID share. mu guards the view.
type core struct {
	cfg       *Config
	id        component.ID
	logger    *zap.Logger
	telemetry *metadata.TelemetryBuilder
	key       session.Key
	open      func(context.Context, *StoreConfig, *LimitsConfig) (source.Source, error)
	keyID     string
	watchers  []*watcher

	mu   sync.Mutex
	view *view.View
	// since is when counting began.
	since time.Time

	nodesMu        sync.Mutex
	waiting        int // nodes that have not been started
	running, ended bool
	logs           *exit[plog.Logs]
	metrics        *exit[pmetric.Metrics]

	cancel     context.CancelFunc // ends the watchers
	goroutines sync.WaitGroup
	loop       sharedcore.Loop
}

func newCore(set receiver.Settings, cfg *Config) (*core, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	key := session.DeriveKey(string(cfg.Secret))
	c := &core{
		cfg: cfg, id: set.ID, logger: set.Logger.With(zap.Stringer("component_id", set.ID)), telemetry: telemetry,
		key: key, keyID: session.KeyID(key), open: openStore,
	}
	c.view = view.New(len(cfg.Stores), view.Config{
		MaxSessions: cfg.Limits.Sessions, MaxPerUser: cfg.Limits.PerUser, KeepIDs: cfg.SessionIDs == idsPlain,
		Compare: compare(cfg.DuplicateLogins),
	})
	return c, nil
}

func compare(which string) func(a, b view.Store) bool {
	switch which {
	case duplicatesAny:
		return func(_, _ view.Store) bool { return true }
	case duplicatesSame:
		return func(a, b view.Store) bool { return a == b }
	}
	return nil
}

// attachLogs and attachMetrics give the core a way out. There is one pipeline's node of a signal: the collector joins the
// pipelines that name a receiver.
func (c *core) attachLogs(set receiver.Settings, next consumer.Logs) error {
	report, err := newReport(set, c.transport())
	if err != nil {
		return err
	}
	c.nodesMu.Lock()
	defer c.nodesMu.Unlock()
	c.waiting++
	c.logs = &exit[plog.Logs]{core: c, send: next.ConsumeLogs, begin: report.StartLogsOp, end: report.EndLogsOp}
	return nil
}

func (c *core) attachMetrics(set receiver.Settings, next consumer.Metrics) error {
	report, err := newReport(set, c.transport())
	if err != nil {
		return err
	}
	c.nodesMu.Lock()
	defer c.nodesMu.Unlock()
	c.waiting++
	c.metrics = &exit[pmetric.Metrics]{core: c, send: next.ConsumeMetrics, begin: report.StartMetricsOp, end: report.EndMetricsOp}
	return nil
}

func newReport(set receiver.Settings, transport string) (*receiverhelper.ObsReport, error) {
	return receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: set.ID, Transport: transport, ReceiverCreateSettings: set,
	})
}

// transport names what is read.
func (c *core) transport() string {
	systems := make(map[string]bool)
	for _, name := range c.cfg.names() {
		store := c.cfg.Stores[name]
		systems[store.system()] = true
	}
	if len(systems) == 1 {
		for system := range systems {
			return system
		}
	}
	return "mixed"
}

// Start opens the stores.
func (c *core) Start(ctx context.Context, _ component.Host) error {
	if err := c.checkExits(); err != nil {
		return err
	}
	c.since = time.Now()
	for i, name := range c.cfg.names() {
		store := c.cfg.Stores[name]
		src, err := c.open(ctx, &store, &c.cfg.Limits)
		if err != nil {
			return errors.Join(fmt.Errorf("stores::%s::%w", name, err), c.closeStores())
		}
		c.watchers = append(c.watchers, newWatcher(c, name, view.Store(i), store, src))
	}
	return c.observe()
}

// checkExits refuses a configuration that gives what is read nothing to leave through.
func (c *core) checkExits() error {
	c.nodesMu.Lock()
	defer c.nodesMu.Unlock()
	var missing []string
	if c.cfg.Events.Enabled && c.logs == nil {
		missing = append(missing, fmt.Sprintf("session events have no logs pipeline to leave through: "+
			"add %q to service::pipelines::logs::receivers, or set events::enabled to false", c.id))
	}
	if c.cfg.Metrics.Enabled && c.metrics == nil {
		missing = append(missing, fmt.Sprintf("session metrics have no metrics pipeline to leave through: "+
			"add %q to service::pipelines::metrics::receivers, or set metrics::enabled to false", c.id))
	}
	if len(missing) > 0 {
		return errors.New(strings.Join(missing, "; "))
	}
	return nil
}

// started notes that a node has been started, and begins to read with the last.
func (c *core) started(host component.Host) {
	c.nodesMu.Lock()
	defer c.nodesMu.Unlock()
	if c.waiting--; c.waiting > 0 || c.running || c.ended {
		return
	}
	c.running = true
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	for _, w := range c.watchers {
		w.host = host
		c.goroutines.Go(func() { w.run(ctx) })
	}
	if c.cfg.Metrics.Enabled {
		c.loop.Begin(c.cfg.Metrics.Interval, c.tick)
	}
}

// stop ends the reading and sends the last metrics. A second call does nothing.
func (c *core) stop() {
	c.nodesMu.Lock()
	running := c.running && !c.ended
	c.ended = true
	c.nodesMu.Unlock()
	if !running {
		return
	}
	c.cancel()
	c.goroutines.Wait()
	c.loop.End()
	if c.cfg.Metrics.Enabled {
		ctx, cancel := context.WithTimeout(context.Background(), lastChance)
		defer cancel()
		c.emitMetrics(ctx, time.Now(), nil)
	}
}

// lastChance is how long is tried at shutdown to send the last metrics.
const lastChance = 5 * time.Second

// Shutdown closes the stores.
func (c *core) Shutdown(context.Context) error {
	c.stop()
	c.telemetry.Shutdown()
	return c.closeStores()
}

func (c *core) closeStores() error {
	var errs []error
	for _, w := range c.watchers {
		errs = append(errs, w.source.Close())
	}
	return errors.Join(errs...)
}
