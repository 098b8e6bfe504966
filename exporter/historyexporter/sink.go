package historyexporter

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/braidotel/braid/exporter/historyexporter/internal/metadata"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/tsdb"
)

// sink is the way to the stores, one for each signal.
type sink struct {
	cfg  *Config
	set  exporter.Settings
	tel  *metadata.TelemetryBuilder
	host component.Host

	records history.Store
	series  tsdb.Writer // nil if metrics are kept elsewhere
	intake  *history.Intake
	failing atomic.Bool
}

func newSink(set exporter.Settings, cfg *Config) (*sink, error) {
	tel, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	return &sink{cfg: cfg, set: set, tel: tel}, nil
}

func (s *sink) options(start component.StartFunc, shutdown component.ShutdownFunc) []exporterhelper.Option {
	return []exporterhelper.Option{
		exporterhelper.WithTimeout(s.cfg.Timeout), exporterhelper.WithRetry(s.cfg.Retry), exporterhelper.WithQueue(s.cfg.Queue),
		exporterhelper.WithStart(start), exporterhelper.WithShutdown(shutdown),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
	}
}

// start finds the history extension.
func (s *sink) start(_ context.Context, host component.Host) error {
	ext, ok := host.GetExtensions()[s.cfg.History]
	if !ok {
		return fmt.Errorf("history: there is no extension %q: configure it under extensions and add it to service::extensions",
			s.cfg.History)
	}
	provider, ok := ext.(history.Provider)
	if !ok {
		return fmt.Errorf("history: the extension %q keeps no history", s.cfg.History)
	}
	s.host, s.records = host, provider.Records()
	if keeper, ok := ext.(interface{ MetricsWriter() tsdb.Writer }); ok {
		s.series = keeper.MetricsWriter()
	}
	if counting, ok := ext.(interface{ Intake() *history.Intake }); ok {
		s.intake = counting.Intake()
	}
	return nil
}

func (s *sink) shutdown(context.Context) error {
	s.tel.Shutdown()
	return nil
}

// write stores records. Those without a key are counted and left out; an error is one that passes.
func (s *sink) write(ctx context.Context, b *history.Batch) error {
	if n := b.Sift(); n > 0 {
		s.count(ctx, "any", "malformed", n)
	}
	if b.Len() == 0 {
		return nil
	}
	if err := s.judge(s.records.Write(ctx, b)); err != nil {
		return err
	}
	for kind, n := range map[history.Kind]int{
		history.KindSession: len(b.Sessions), history.KindSketch: len(b.Sketches), history.KindTrace: len(b.Traces), "event": len(b.Events),
	} {
		if n > 0 {
			s.count(ctx, string(kind), "stored", n)
		}
	}
	return nil
}

func (s *sink) count(ctx context.Context, kind, outcome string, n int) {
	s.tel.ExporterHistoryRecords.Add(ctx, int64(n),
		metric.WithAttributes(attribute.String("kind", kind), attribute.String("outcome", outcome)))
}

// measure stores metrics and counts what became of their samples.
func (s *sink) measure(ctx context.Context, md pmetric.Metrics, now time.Time) error {
	written, err := s.series.Write(ctx, md, now)
	if err := s.judge(err); err != nil {
		return err
	}
	outcome := func(name string, n int) {
		s.tel.ExporterHistorySamples.Add(ctx, int64(n), metric.WithAttributes(attribute.String("outcome", name)))
	}
	if written.Stored > 0 {
		outcome("stored", written.Stored)
	}
	for reason, n := range written.Refused {
		outcome(string(reason), n)
	}
	return nil
}

// judge tells errors that pass, which exporterhelper retries, from those that do not, and reports when that changes.
func (s *sink) judge(err error) error {
	if s.failing.Swap(err != nil) != (err != nil) {
		event := componentstatus.NewEvent(componentstatus.StatusOK)
		if err != nil {
			event = componentstatus.NewRecoverableErrorEvent(err)
		}
		componentstatus.ReportStatus(s.host, event)
	}
	if err != nil && !errors.Is(err, history.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return consumererror.NewPermanent(err)
	}
	return err
}
