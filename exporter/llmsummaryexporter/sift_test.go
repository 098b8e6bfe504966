package llmsummaryexporter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/braidotel/braid/exporter/llmsummaryexporter/internal/metadata"
	"github.com/braidotel/braid/internal/history"
)

// stuck is a history that takes nothing until it is opened.
type stuck struct {
	*keeper
	open chan struct{}
}

func (s stuck) Records() history.Store { return s }

func (s stuck) Write(ctx context.Context, b *history.Batch) error {
	<-s.open
	return s.keeper.Write(ctx, b)
}

// What is told is made of what others keep: senders are not refused for it, and what was given up is counted.
func TestConsumeLogs_FullQueue_IsCountedAndRefusesNobody(t *testing.T) {
	const sent, room = 10, 2
	cfg := createDefaultConfig().(*Config)
	id := component.MustNewID("history")
	cfg.History, cfg.Languages = &id, []string{"en"}
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.QueueSize, queue.NumConsumers = room, 1
	cfg.Queue = configoptional.Some(queue)
	telemetry := componenttest.NewTelemetry()
	defer func() { assert.NoError(t, telemetry.Shutdown(context.Background())) }()
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = telemetry.NewTelemetrySettings()
	e, err := NewFactory().CreateLogs(t.Context(), set, cfg)
	require.NoError(t, err)
	s := stuck{&keeper{}, make(chan struct{})}
	require.NoError(t, e.Start(t.Context(), host{id: s}))

	for range sent {
		assert.NoError(t, e.ConsumeLogs(t.Context(), incident()))
	}
	close(s.open)
	require.NoError(t, e.Shutdown(t.Context()))
	told, _ := s.seen()
	failed, err := telemetry.GetMetric("otelcol_exporter_enqueue_failed_log_records")
	require.NoError(t, err)
	points := failed.Data.(metricdata.Sum[int64]).DataPoints
	require.Len(t, points, 1)
	assert.EqualValues(t, sent-len(told), points[0].Value)
	assert.GreaterOrEqual(t, len(told), room)
}
