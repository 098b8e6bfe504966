package grpcreconnectextension

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/braidotel/braid/extension/grpcreconnectextension/internal/metadata"
)

// NewFactory returns the factory of the gRPC reconnect extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(metadata.Type, createDefaultConfig, create, metadata.ExtensionStability)
}

func create(_ context.Context, _ extension.Settings, cfg component.Config) (extension.Extension, error) {
	return &reconnect{cfg: *cfg.(*Config)}, nil
}

// reconnect is the extension: its configuration, as dial options.
type reconnect struct {
	component.StartFunc
	component.ShutdownFunc
	cfg Config
}

var _ extensionmiddleware.GRPCClient = (*reconnect)(nil)

// GetGRPCClientOptions implements extensionmiddleware.GRPCClient.
func (r *reconnect) GetGRPCClientOptions(context.Context) ([]grpc.DialOption, error) {
	wait := backoff.DefaultConfig
	wait.BaseDelay, wait.MaxDelay = r.cfg.InitialDelay, r.cfg.MaxDelay
	return []grpc.DialOption{
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: wait, MinConnectTimeout: r.cfg.ConnectTimeout}),
	}, nil
}
