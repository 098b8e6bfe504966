package historyextension

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/extension/historyextension/internal/metadata"
	"github.com/braidotel/braid/internal/extensionstatus"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/tsdb"
)

const (
	// lookAfter is how often rollups are made and what failed is tried again; pruneEvery how often records are pruned.
	lookAfter  = 10 * time.Second
	pruneEvery = 10 * time.Minute
	// windowsAtOnce bounds how long rolling up a replayed month holds up the rest.
	windowsAtOnce = 36
)

// historian is the extension. Stores that cannot be opened are tried again: they never keep the collector from starting.
type historian struct {
	cfg    *Config
	set    extension.Settings
	logger *zap.Logger
	tel    *metadata.TelemetryBuilder

	intake  history.Intake
	db      *relational.Lazy
	records *relational.Store
	series  seriesStore

	stop    context.CancelFunc
	running sync.WaitGroup
	server  *http.Server
	pruned  time.Time
	failing map[string]bool
}

var (
	_ extension.Extension = (*historian)(nil)
	_ history.Provider    = (*historian)(nil)
)

// seriesStore keeps series, or knows who does.
type seriesStore interface {
	// open opens it unless it is open.
	open(context.Context) error
	metrics(history.Tenant) history.Metrics
	close() error
}

func newExtension(set extension.Settings, cfg *Config) (*historian, error) {
	tel, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	h := &historian{cfg: cfg, set: set, logger: set.Logger, tel: tel, failing: map[string]bool{}}
	h.db = relational.NewLazy(h.openRecords)
	h.records = relational.New(h.db, relational.Limits{
		TracesPerOperation: cfg.Records.TracesPerOperation, SpansPerTrace: cfg.Records.SpansPerTrace,
	})
	return h, nil
}

// Records implements history.Provider.
func (h *historian) Records() history.Store { return h.records }

// Metrics implements history.Provider.
func (h *historian) Metrics(tenant history.Tenant) history.Metrics { return h.series.metrics(tenant) }

// Intake returns what counts arrivals.
func (h *historian) Intake() *history.Intake { return &h.intake }

// Arrivals is what has come of a tenant since the start.
func (h *historian) Arrivals(tenant history.Tenant) history.Arrivals { return h.intake.Of(tenant) }

// MetricsWriter returns what stores metrics; nil if they are kept elsewhere and only read here.
func (h *historian) MetricsWriter() tsdb.Writer {
	w, _ := h.series.(tsdb.Writer)
	return w
}

// Start implements component.Component.
func (h *historian) Start(ctx context.Context, host component.Host) error {
	var err error
	if h.series, err = h.newSeriesStore(ctx, host); err != nil {
		return err
	}
	if err := h.observeOwnState(); err != nil {
		return err
	}
	// Only that: what there is to look after must not hold up the start.
	h.judge(ctx, host, h.open(ctx))
	if api := h.cfg.API.Get(); api != nil {
		if err := h.serve(ctx, host, api); err != nil {
			return errors.Join(err, h.Shutdown(ctx))
		}
	}
	run, cancel := context.WithCancel(context.Background())
	h.stop = cancel
	h.running.Go(func() { h.run(run, host) })
	return nil
}

// Shutdown implements component.Component.
func (h *historian) Shutdown(ctx context.Context) error {
	var errs []error
	if h.server != nil {
		errs = append(errs, h.server.Shutdown(ctx))
	}
	if h.stop != nil {
		h.stop()
	}
	h.running.Wait()
	if h.series != nil {
		errs = append(errs, h.series.close())
		h.series = nil
	}
	errs = append(errs, h.records.Close())
	h.tel.Shutdown()
	return errors.Join(errs...)
}

func (h *historian) run(ctx context.Context, host component.Host) {
	ticker := time.NewTicker(lookAfter)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			h.tick(ctx, host, now)
		}
	}
}

// tick looks after the stores.
func (h *historian) tick(ctx context.Context, host component.Host, now time.Time) {
	outcome := h.open(ctx)
	if outcome[storeRecords] == nil && now.Sub(h.pruned) >= pruneEvery {
		n, err := h.records.Prune(ctx, h.cfg.Records.retention(), now)
		h.tel.ExtensionHistoryPruned.Add(ctx, n)
		if outcome[storeRecords] = err; err == nil {
			h.pruned = now
		}
	}
	if embedded, ok := h.series.(*embedded); ok && outcome[storeMetrics] == nil {
		n, err := embedded.rollUp(ctx)
		h.tel.ExtensionHistoryRolledUp.Add(ctx, int64(n))
		outcome[storeMetrics] = err
	}
	h.judge(ctx, host, outcome)
}

// Names of the stores in telemetry.
const (
	storeRecords = "records"
	storeMetrics = "metrics"
)

// open opens the stores that are not open.
func (h *historian) open(ctx context.Context) map[string]error {
	return map[string]error{storeRecords: h.db.Open(ctx), storeMetrics: h.series.open(ctx)}
}

// judge reports what has changed about the stores.
func (h *historian) judge(ctx context.Context, host component.Host, outcome map[string]error) {
	if ctx.Err() != nil {
		return // what failed was ended
	}
	var bad []error
	changed := false
	for store, err := range outcome {
		changed = changed || h.failing[store] != (err != nil)
		if err == nil {
			if h.failing[store] {
				h.logger.Info("the store works again", zap.String("store", store))
			}
			h.failing[store] = false
			continue
		}
		bad = append(bad, fmt.Errorf("%s: %w", store, err))
		h.tel.ExtensionHistoryFailures.Add(ctx, 1, metric.WithAttributes(attribute.String("store", store)))
		if !h.failing[store] {
			h.logger.Warn("a store fails; it is tried again, and what should go there waits with the exporter",
				zap.String("store", store), zap.Error(err))
		}
		h.failing[store] = true
	}
	switch {
	case !changed:
	case len(bad) > 0:
		extensionstatus.Report(host, h.set.ID, componentstatus.NewRecoverableErrorEvent(errors.Join(bad...)))
	default:
		extensionstatus.Report(host, h.set.ID, componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

func (h *historian) observeOwnState() error {
	embedded, ok := h.series.(*embedded)
	if !ok {
		return nil
	}
	observe := func(value func(*tsdb.DB) int64) metric.Int64Callback {
		return func(_ context.Context, o metric.Int64Observer) error {
			if db := embedded.database(); db != nil {
				o.Observe(value(db))
			}
			return nil
		}
	}
	return errors.Join(
		h.tel.RegisterExtensionHistorySeriesCallback(observe(func(db *tsdb.DB) int64 { return int64(db.Series()) })),
		h.tel.RegisterExtensionHistoryDiskCallback(observe((*tsdb.DB).Bytes)),
		h.tel.RegisterExtensionHistorySeriesLimitCallback(observe(func(*tsdb.DB) int64 { return int64(h.cfg.Metrics.MaxSeries) })),
	)
}
