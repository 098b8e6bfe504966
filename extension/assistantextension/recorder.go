package assistantextension

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/braidotel/braid/extension/assistantextension/internal/metadata"
	"github.com/braidotel/braid/extension/assistantextension/internal/server"
)

var _ server.Recorder = (*recorder)(nil)

// recorder turns what the server reports into the extension's own telemetry.
type recorder struct {
	telemetry *metadata.TelemetryBuilder
}

// Request counts a request that was let in.
func (r *recorder) Request(ctx context.Context, route string, outcome server.Outcome, took time.Duration) {
	at := attribute.String("route", route)
	r.telemetry.ExtensionAssistantRequests.Add(ctx, 1,
		metric.WithAttributeSet(attribute.NewSet(at, attribute.String("outcome", string(outcome)))))
	r.telemetry.ExtensionAssistantDuration.Record(ctx, took.Seconds(), metric.WithAttributeSet(attribute.NewSet(at)))
}

// Rejected counts a request that was turned away.
func (r *recorder) Rejected(ctx context.Context, reason server.Reason) {
	r.telemetry.ExtensionAssistantRejected.Add(ctx, 1,
		metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", string(reason)))))
}

// Streams follows how many streams are open.
func (r *recorder) Streams(ctx context.Context, change int64) {
	r.telemetry.ExtensionAssistantStreams.Add(ctx, change)
}
