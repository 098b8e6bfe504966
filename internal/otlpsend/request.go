// Package otlpsend sends marshalled OTLP requests over gRPC, retries what may be retried, and counts what became of them.
package otlpsend

import (
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// Signal is the kind of telemetry in a request.
type Signal int

// The signals OTLP/gRPC has a service for.
const (
	Traces Signal = iota
	Logs
	Metrics
	signals
)

// String returns the signal's name.
func (s Signal) String() string { return [...]string{"traces", "logs", "metrics"}[s] }

// Items returns what the signal's items are called.
func (s Signal) Items() string { return [...]string{"spans", "log records", "data points"}[s] }

func (s Signal) method() string {
	return [...]string{
		"/opentelemetry.proto.collector.trace.v1.TraceService/Export",
		"/opentelemetry.proto.collector.logs.v1.LogsService/Export",
		"/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
	}[s]
}

// Request is one export request in the protobuf encoding.
type Request struct {
	Signal  Signal
	Payload []byte
	Items   int
	// Time is the event time for pacing.
	Time time.Time
}

// rejection reads a response: how many items were refused, and why.
func (s Signal) rejection(response []byte) (items int64, reason string, err error) {
	if len(response) == 0 {
		return 0, "", nil
	}
	switch s {
	case Logs:
		r := plogotlp.NewExportResponse()
		err = r.UnmarshalProto(response)
		items, reason = r.PartialSuccess().RejectedLogRecords(), r.PartialSuccess().ErrorMessage()
	case Metrics:
		r := pmetricotlp.NewExportResponse()
		err = r.UnmarshalProto(response)
		items, reason = r.PartialSuccess().RejectedDataPoints(), r.PartialSuccess().ErrorMessage()
	default:
		r := ptraceotlp.NewExportResponse()
		err = r.UnmarshalProto(response)
		items, reason = r.PartialSuccess().RejectedSpans(), r.PartialSuccess().ErrorMessage()
	}
	if err != nil {
		return 0, "", fmt.Errorf("decoding the answer to %s: %w", s, err)
	}
	return items, reason, nil
}
