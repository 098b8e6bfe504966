package nestinglimiterextension

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/braidotel/braid/extension/nestinglimiterextension/internal/metadata"
)

// limiter is the extension: it hands out what looks at requests, and holds nothing.
type limiter struct {
	component.StartFunc
	component.ShutdownFunc

	maxDepth int
	tel      *metadata.TelemetryBuilder
}

var (
	_ extensionmiddleware.GRPCServer = (*limiter)(nil)
	_ extensionmiddleware.HTTPServer = (*limiter)(nil)
)

func newLimiter(set extension.Settings, cfg *Config) (*limiter, error) {
	tel, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	return &limiter{maxDepth: cfg.MaxDepth, tel: tel}, nil
}

// refuse counts a request and says why it is none. Senders do not send such a thing again.
func (l *limiter) refuse(ctx context.Context, transport string) *status.Status {
	l.tel.ExtensionNestingLimiterRefused.Add(ctx, 1, metric.WithAttributes(attribute.String("transport", transport)))
	return status.Newf(codes.InvalidArgument, "nested deeper than %d levels (max_depth of nesting_limiter)", l.maxDepth)
}
