package historyexporter

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/braidotel/braid/exporter/historyexporter/internal/metadata"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
	"github.com/braidotel/braid/internal/history/tsdb"
)

// keeper is a history extension: real stores in a temporary directory.
type keeper struct {
	component.StartFunc
	component.ShutdownFunc
	records history.Store
	db      *tsdb.DB
	writer  tsdb.Writer
	intake  history.Intake
}

func (k *keeper) Records() history.Store                   { return k.records }
func (k *keeper) Metrics(t history.Tenant) history.Metrics { return k.db.Metrics(t) }
func (k *keeper) MetricsWriter() tsdb.Writer               { return k.writer }

func (k *keeper) Intake() *history.Intake { return &k.intake }

func newKeeper(t testing.TB) *keeper {
	t.Helper()
	dir := t.TempDir()
	db, _, err := sqlite.Open(t.Context(), filepath.Join(dir, "records.db"), sqlite.Options{NoSync: true})
	require.NoError(t, err)
	series, err := tsdb.Open(filepath.Join(dir, "metrics"), tsdb.Options{})
	require.NoError(t, err)
	k := &keeper{records: relational.New(db, relational.Limits{}), db: series, writer: series}
	t.Cleanup(func() {
		assert.NoError(t, k.records.Close())
		assert.NoError(t, series.Close())
	})
	return k
}

// host has a history extension under its default name.
type host struct {
	component.Host
	extensions map[component.ID]component.Component
}

func (h *host) GetExtensions() map[component.ID]component.Component { return h.extensions }

func newHost(k component.Component) *host {
	return &host{componenttest.NewNopHost(), map[component.ID]component.Component{component.MustNewID("history"): k}}
}

// rig is an exporter for every signal, without a queue: what is consumed is written.
type rig struct {
	traces  exporter.Traces
	logs    exporter.Logs
	metrics exporter.Metrics
}

func direct() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Queue = configoptional.None[exporterhelper.QueueBatchConfig]()
	cfg.Retry.Enabled = false
	return cfg
}

func newRig(t testing.TB, h component.Host, cfg *Config) *rig {
	t.Helper()
	f, set, ctx := NewFactory(), exportertest.NewNopSettings(metadata.Type), t.Context()
	r := &rig{}
	var err error
	r.traces, err = f.CreateTraces(ctx, set, cfg)
	require.NoError(t, err)
	r.logs, err = f.CreateLogs(ctx, set, cfg)
	require.NoError(t, err)
	r.metrics, err = f.CreateMetrics(ctx, set, cfg)
	require.NoError(t, err)
	for _, c := range []component.Component{r.traces, r.logs, r.metrics} {
		require.NoError(t, c.Start(ctx, h))
	}
	return r
}

func (r *rig) shutdown(t testing.TB) {
	t.Helper()
	for _, c := range []component.Component{r.traces, r.logs, r.metrics} {
		require.NoError(t, c.Shutdown(context.Background()))
	}
}

// epoch is the time that cases count from.
var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
