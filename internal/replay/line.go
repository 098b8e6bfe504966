package replay

import (
	"bytes"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/otlpsend"
)

var errNotOTLP = errors.New(`not an OTLP/JSON export: the line must begin with {"resourceSpans": …, {"resourceLogs": … or {"resourceMetrics": …`)

// Decode reads one line. Traces, logs and metrics are told apart by the line's first key.
func Decode(line []byte) (Batch, error) {
	var b Batch
	var err error
	switch firstKey(line) {
	case "resourceSpans":
		b.Signal = otlpsend.Traces
		b.Traces, err = (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
	case "resourceLogs":
		b.Signal = otlpsend.Logs
		b.Logs, err = (&plog.JSONUnmarshaler{}).UnmarshalLogs(line)
	case "resourceMetrics":
		b.Signal = otlpsend.Metrics
		b.Metrics, err = (&pmetric.JSONUnmarshaler{}).UnmarshalMetrics(line)
	default:
		err = errNotOTLP
	}
	if err != nil {
		return Batch{}, err
	}
	b.measure()
	return b, nil
}

// firstKey returns the first key of a JSON object, or "" if the line does not begin like one.
func firstKey(line []byte) string {
	rest, ok := bytes.CutPrefix(bytes.TrimSpace(line[:min(len(line), 256)]), []byte("{"))
	if !ok {
		return ""
	}
	if rest, ok = bytes.CutPrefix(bytes.TrimSpace(rest), []byte(`"`)); !ok {
		return ""
	}
	key, _, ok := bytes.Cut(rest, []byte(`"`))
	if !ok {
		return ""
	}
	return string(key)
}

// LineError says which line could not be decoded, and why.
type LineError struct {
	File string
	Line int
	Err  error
}

// Error implements error.
func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }
