package replay

import (
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/otlpsend"
)

// Batch is one decoded line: traces, logs or metrics, as Signal says.
type Batch struct {
	Signal  otlpsend.Signal
	Traces  ptrace.Traces
	Logs    plog.Logs
	Metrics pmetric.Metrics
	// Items counts spans, log records or data points.
	Items int
	// Latest is the latest event time; zero if no item has one.
	Latest time.Time
}

// visit lets v see every item and counts what is left.
func (b *Batch) visit(v visitor) {
	switch b.Signal {
	case otlpsend.Logs:
		v.logs(b.Logs)
		b.Items = b.Logs.LogRecordCount()
	case otlpsend.Metrics:
		v.metrics(b.Metrics)
		b.Items = b.Metrics.DataPointCount()
	default:
		v.traces(b.Traces)
		b.Items = b.Traces.SpanCount()
	}
}

// Trim drops the items whose event time is before from or not before to; a zero bound does not bound.
func (b *Batch) Trim(from, to time.Time) {
	if from.IsZero() && to.IsZero() || b.Items == 0 {
		return
	}
	low, high := stamp(from), stamp(to)
	b.Latest = time.Time{}
	var latest pcommon.Timestamp
	b.visit(visitor{prune: true, keep: func(event pcommon.Timestamp) bool {
		inside := event >= low && (to.IsZero() || event < high)
		if inside {
			latest = max(latest, event)
		}
		return inside
	}})
	b.settle(latest)
}

// Shift moves every time stamp by d. Unset ones stay unset.
func (b *Batch) Shift(d time.Duration) {
	if d == 0 {
		return
	}
	b.visit(visitor{shift: func(t pcommon.Timestamp, set func(pcommon.Timestamp)) {
		if t != 0 {
			set(pcommon.Timestamp(int64(t) + int64(d)))
		}
	}})
	if !b.Latest.IsZero() {
		b.Latest = b.Latest.Add(d)
	}
}

// Request marshals the batch for sending.
func (b *Batch) Request() (otlpsend.Request, error) {
	r := otlpsend.Request{Signal: b.Signal, Items: b.Items, Time: b.Latest}
	var err error
	switch b.Signal {
	case otlpsend.Logs:
		r.Payload, err = (&plog.ProtoMarshaler{}).MarshalLogs(b.Logs)
	case otlpsend.Metrics:
		r.Payload, err = (&pmetric.ProtoMarshaler{}).MarshalMetrics(b.Metrics)
	default:
		r.Payload, err = (&ptrace.ProtoMarshaler{}).MarshalTraces(b.Traces)
	}
	if err != nil {
		return r, fmt.Errorf("marshalling %s: %w", b.Signal, err)
	}
	return r, nil
}

// measure finds the latest event time.
func (b *Batch) measure() {
	var latest pcommon.Timestamp
	b.visit(visitor{keep: func(event pcommon.Timestamp) bool {
		latest = max(latest, event)
		return true
	}})
	b.settle(latest)
}

func (b *Batch) settle(latest pcommon.Timestamp) {
	if latest != 0 {
		b.Latest = latest.AsTime()
	}
}

func stamp(t time.Time) pcommon.Timestamp {
	if t.Before(time.Unix(0, 0)) {
		return 0 // OTLP knows no earlier time; this includes the zero Time
	}
	return pcommon.NewTimestampFromTime(t)
}
