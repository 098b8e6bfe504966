package deadletterencodingextension

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/braidotel/braid/extension/deadletterencodingextension/internal/metadata"
	"github.com/braidotel/braid/internal/extensionstatus"
)

// encoding decodes. Receivers name it as their encoding and ask it for what they receive.
type encoding struct {
	id        component.ID
	cfg       *Config
	telemetry *metadata.TelemetryBuilder
	host      component.Host
	letters   *letters
	failing   atomic.Bool

	traces  ptrace.Unmarshaler
	logs    plog.Unmarshaler
	metrics pmetric.Unmarshaler
}

var (
	_ ptrace.Unmarshaler  = (*encoding)(nil)
	_ plog.Unmarshaler    = (*encoding)(nil)
	_ pmetric.Unmarshaler = (*encoding)(nil)
)

func newEncoding(set extension.Settings, cfg *Config) (*encoding, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	e := &encoding{
		id: set.ID, cfg: cfg, telemetry: telemetry,
		traces: &ptrace.ProtoUnmarshaler{}, logs: &plog.ProtoUnmarshaler{}, metrics: &pmetric.ProtoUnmarshaler{},
	}
	if cfg.Encoding == encodingJSON {
		e.traces, e.logs, e.metrics = &ptrace.JSONUnmarshaler{}, &plog.JSONUnmarshaler{}, &pmetric.JSONUnmarshaler{}
	}
	return e, nil
}

// Start makes the directory and counts what is in it.
func (e *encoding) Start(ctx context.Context, host component.Host) error {
	e.host = host
	var err error
	if e.letters, err = open(e.cfg.Directory, e.cfg.MaxBytes); err != nil {
		return fmt.Errorf("directory: %w", err)
	}
	e.telemetry.ExtensionDeadLetterEncodingSize.Record(ctx, e.letters.size())
	return nil
}

// Shutdown has nothing to do: every file is on disk when its record has been told to be unreadable.
func (e *encoding) Shutdown(context.Context) error { return nil }

// UnmarshalTraces decodes traces.
func (e *encoding) UnmarshalTraces(value []byte) (ptrace.Traces, error) {
	td, err := e.traces.UnmarshalTraces(value)
	return td, e.told("traces", value, err)
}

// UnmarshalLogs decodes log records.
func (e *encoding) UnmarshalLogs(value []byte) (plog.Logs, error) {
	ld, err := e.logs.UnmarshalLogs(value)
	return ld, e.told("logs", value, err)
}

// UnmarshalMetrics decodes metrics.
func (e *encoding) UnmarshalMetrics(value []byte) (pmetric.Metrics, error) {
	md, err := e.metrics.UnmarshalMetrics(value)
	return md, e.told("metrics", value, err)
}

// told keeps a value that could not be decoded and returns the error, which the receiver counts and logs, with where it is.
func (e *encoding) told(signal string, value []byte, unreadable error) error {
	if unreadable == nil {
		return nil
	}
	ctx := context.Background()
	path, err := e.letters.keep(signal, value)
	outcome := "kept"
	switch {
	case errors.Is(err, errFull):
		outcome = "full"
	case errors.Is(err, errThere):
		outcome, err = "repeated", nil
	case err != nil:
		outcome = "failed"
	}
	e.telemetry.ExtensionDeadLetterEncodingRecords.Add(ctx, 1,
		metric.WithAttributeSet(attribute.NewSet(attribute.String("signal", signal), attribute.String("outcome", outcome))))
	e.telemetry.ExtensionDeadLetterEncodingSize.Record(ctx, e.letters.size())
	if err != nil {
		if e.failing.CompareAndSwap(false, true) {
			extensionstatus.Report(e.host, e.id, componentstatus.NewRecoverableErrorEvent(err))
		}
		return fmt.Errorf("%w; its %d bytes are not kept: %w", unreadable, len(value), err)
	}
	if e.failing.CompareAndSwap(true, false) {
		extensionstatus.Report(e.host, e.id, componentstatus.NewEvent(componentstatus.StatusOK))
	}
	return fmt.Errorf("%w; its %d bytes are in %s", unreadable, len(value), path)
}
