package chaos

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const (
	topic   = "otlp_spans"
	records = 5 // of spans, in each phase
)

// write writes a phase's records to the broker, a span in each, as agents elsewhere do, and one that is no telemetry.
func (r *rig) write(ctx context.Context, p *phase) error {
	values := [][]byte{p.poison()}
	for n := range records {
		td := ptrace.NewTraces()
		span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		id := p.recordID(n)
		span.SetSpanID(id)
		span.SetTraceID(pcommon.TraceID{0: 1, 15: id[7]})
		span.SetName("GET /product/{id}")
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Now().Add(p.skew)))
		span.SetEndTimestamp(span.StartTimestamp())
		value, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
		if err != nil {
			return err
		}
		values = append(values, value)
	}
	return r.broker.Write(ctx, topic, values...)
}

// recordID numbers the spans that come by Kafka: as those of a visitor that no phase has.
func (p *phase) recordID(n int) pcommon.SpanID { return p.spanID(visitsPerPhase, n, 0) }

func (p *phase) poison() []byte { return []byte("GET /" + p.name + " HTTP/1.1\r\n\r\n") }

// everyRecordHasArrived wants the span of each record at the backend, and a partition that came to the collector read back.
func everyRecordHasArrived(ctx context.Context, r *rig) error {
	for _, p := range r.phases {
		for n := range records {
			if _, arrived := r.backend.Span(p.recordID(n)); !arrived {
				return fmt.Errorf("record %d of %s the fault has not arrived", n, p.name)
			}
		}
	}
	read, err := r.metric(ctx, "http://"+r.at.Telemetry+"/metrics", `otelcol_processor_kafka_lookback_lookbacks{`)
	if err == nil && read == 0 {
		err = errors.New("kafka_lookback has not looked back")
	}
	return err
}

// everyPoisonIsKept wants each record that is no telemetry in a file; those that came while its disk was full may be counted instead.
func everyPoisonIsKept(ctx context.Context, r *rig) error {
	missing := 0
	for _, p := range r.phases {
		sum := sha256.Sum256(p.poison())
		if _, err := os.Stat(filepath.Join(r.disk, "dead-letters", "traces-"+hex.EncodeToString(sum[:16]))); err != nil {
			missing++
		}
	}
	if missing == 0 {
		return nil
	}
	lost, err := r.metric(ctx, "http://"+r.at.Telemetry+"/metrics", `otelcol_extension_dead_letter_encoding_records{outcome="failed"`)
	if err != nil || int(lost) < missing {
		return errors.Join(fmt.Errorf("%d records that are no telemetry are neither kept nor counted", missing), err)
	}
	return nil
}
