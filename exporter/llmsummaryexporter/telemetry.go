package llmsummaryexporter

import (
	"context"
	"errors"
	"slices"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/braidotel/braid/exporter/llmsummaryexporter/internal/metadata"
	"github.com/braidotel/braid/internal/narrator"
)

// callTelemetry records calls of models by the semantic conventions for generative AI. Contents are never recorded.
type callTelemetry struct {
	tracer   trace.Tracer
	duration metric.Float64Histogram
	tokens   metric.Int64Histogram
}

func newCallTelemetry(set component.TelemetrySettings) (*callTelemetry, error) {
	meter := set.MeterProvider.Meter(metadata.ScopeName)
	duration, err := meter.Float64Histogram("gen_ai.client.operation.duration", metric.WithUnit("s"), metric.WithDescription("Duration of calls of models."))
	tokens, err2 := meter.Int64Histogram("gen_ai.client.token.usage", metric.WithUnit("{token}"), metric.WithDescription("Tokens of calls of models."))
	return &callTelemetry{set.TracerProvider.Tracer(metadata.ScopeName), duration, tokens}, errors.Join(err, err2)
}

func (t *callTelemetry) record(ctx context.Context, c *narrator.Call) {
	common := []attribute.KeyValue{
		attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.provider.name", c.Provider), attribute.String("gen_ai.request.model", c.Model),
	}
	_, span := t.tracer.Start(ctx, "chat "+c.Model, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(c.Began), trace.WithAttributes(common...),
		trace.WithAttributes(attribute.Int64("gen_ai.usage.input_tokens", c.InputTokens), attribute.Int64("gen_ai.usage.output_tokens", c.OutputTokens),
			attribute.String("braid.prompt", c.Prompt), attribute.String("braid.verdict", string(c.Verdict))))
	timing := common
	if c.Verdict == narrator.VerdictFailed {
		span.SetStatus(codes.Error, c.Reason)
		timing = append(slices.Clip(timing), attribute.String("error.type", c.Reason))
	}
	span.End(trace.WithTimestamp(c.Began.Add(c.Took)))
	t.duration.Record(ctx, c.Took.Seconds(), metric.WithAttributes(timing...))
	for kind, n := range map[string]int64{"input": c.InputTokens, "output": c.OutputTokens} {
		if n > 0 {
			t.tokens.Record(ctx, n, metric.WithAttributes(common...), metric.WithAttributes(attribute.String("gen_ai.token.type", kind)))
		}
	}
}
