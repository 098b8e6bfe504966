package historyextension

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/postgres"
	"github.com/braidotel/braid/internal/history/promapi"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
	"github.com/braidotel/braid/internal/history/tsdb"
)

// openRecords opens the configured store of records.
func (h *historian) openRecords(ctx context.Context) (relational.DB, error) {
	if pg := h.cfg.Records.PostgreSQL.Get(); pg != nil {
		return postgres.Open(ctx, string(pg.DSN), postgres.Options{MaxConnections: pg.MaxConnections})
	}
	path := filepath.Join(h.cfg.Directory, "records.db")
	db, opened, err := sqlite.Open(ctx, path, sqlite.Options{NoSync: !h.cfg.Records.Fsync, Now: time.Now()})
	if err == nil && opened.Quarantined != "" {
		h.logger.Error("the records were damaged and are set aside; a new store is begun",
			zap.String("path", path), zap.String("aside", opened.Quarantined))
	}
	return db, err
}

// newSeriesStore returns the configured store of metrics, not yet open.
func (h *historian) newSeriesStore(ctx context.Context, host component.Host) (seriesStore, error) {
	c := &h.cfg.Metrics
	if remote := c.Prometheus.Get(); remote != nil {
		client, err := remote.ToClient(ctx, host.GetExtensions(), h.set.TelemetrySettings)
		if err != nil {
			return nil, fmt.Errorf("metrics::prometheus: %w", err)
		}
		api, err := promapi.New(remote.Endpoint, client.Transport, c.QueryTimeout)
		if err != nil {
			return nil, fmt.Errorf("metrics::prometheus: %w", err)
		}
		return elsewhere{api, client.CloseIdleConnections}, nil
	}
	o := tsdb.Options{
		Retention: c.Retention, MaxBytes: c.MaxBytes, OutOfOrder: c.OutOfOrder, MaxSeries: c.MaxSeries, QueryTimeout: c.QueryTimeout,
		Rollups: []tsdb.Rollup{},
		Logger:  slog.New(warnings{h.logger}),
	}
	for _, r := range c.Rollups {
		o.Rollups = append(o.Rollups, tsdb.Rollup(r))
	}
	return &embedded{dir: filepath.Join(h.cfg.Directory, "metrics"), options: o}, nil
}

// embedded is the time series database inside the process.
type embedded struct {
	dir     string
	options tsdb.Options

	mu sync.RWMutex // held for reading while the database is used
	db *tsdb.DB
}

func (e *embedded) open(context.Context) error {
	if e.database() != nil {
		return nil // without waiting for, and so holding up, those who use it
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.db != nil {
		return nil
	}
	db, err := tsdb.Open(e.dir, e.options)
	if err != nil {
		return err
	}
	e.db = db
	return nil
}

func (e *embedded) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.db == nil {
		return nil
	}
	db := e.db
	e.db = nil
	return db.Close()
}

func (e *embedded) database() *tsdb.DB {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.db
}

func (e *embedded) rollUp(ctx context.Context) (int, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.db == nil {
		return 0, errNotOpen
	}
	return e.db.RollUp(ctx, windowsAtOnce)
}

// Write implements tsdb.Writer.
func (e *embedded) Write(ctx context.Context, md pmetric.Metrics, now time.Time) (tsdb.Written, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.db == nil {
		return tsdb.Written{}, errNotOpen
	}
	return e.db.Write(ctx, md, now)
}

func (e *embedded) metrics(tenant history.Tenant) history.Metrics { return opened{e, tenant} }

var errNotOpen = fmt.Errorf("%w: the database of metrics is not open", history.ErrUnavailable)

// elsewhere is a Prometheus-compatible API.
type elsewhere struct {
	api        *promapi.API
	disconnect func()
}

func (e elsewhere) open(context.Context) error                    { return nil }
func (e elsewhere) metrics(tenant history.Tenant) history.Metrics { return e.api.Metrics(tenant) }
func (e elsewhere) close() error                                  { e.disconnect(); return nil }

// opened asks the embedded database, if it is open.
type opened struct {
	store  *embedded
	tenant history.Tenant
}

// use calls f with the metrics while they cannot be closed.
func use[T any](o opened, f func(history.Metrics) (T, error)) (T, error) {
	o.store.mu.RLock()
	defer o.store.mu.RUnlock()
	if o.store.db == nil {
		var none T
		return none, errNotOpen
	}
	return f(o.store.db.Metrics(o.tenant))
}

// Query implements history.Metrics.
func (o opened) Query(ctx context.Context, promql string, at time.Time) (history.Result, error) {
	return use(o, func(m history.Metrics) (history.Result, error) { return m.Query(ctx, promql, at) })
}

// QueryRange implements history.Metrics.
func (o opened) QueryRange(ctx context.Context, promql string, start, end time.Time, step time.Duration) (history.Result, error) {
	return use(o, func(m history.Metrics) (history.Result, error) { return m.QueryRange(ctx, promql, start, end, step) })
}

// LabelNames implements history.Metrics.
func (o opened) LabelNames(ctx context.Context, selectors []string, w history.Window) ([]string, error) {
	return use(o, func(m history.Metrics) ([]string, error) { return m.LabelNames(ctx, selectors, w) })
}

// LabelValues implements history.Metrics.
func (o opened) LabelValues(ctx context.Context, label string, selectors []string, w history.Window) ([]string, error) {
	return use(o, func(m history.Metrics) ([]string, error) { return m.LabelValues(ctx, label, selectors, w) })
}

// Series implements history.Metrics.
func (o opened) Series(ctx context.Context, selectors []string, w history.Window, limit int) (history.Page[map[string]string], error) {
	return use(o, func(m history.Metrics) (history.Page[map[string]string], error) {
		return m.Series(ctx, selectors, w, limit)
	})
}
