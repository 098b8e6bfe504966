package grpcreconnectextension

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configgrpc"
	"go.opentelemetry.io/collector/config/configmiddleware"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"google.golang.org/grpc"

	"github.com/braidotel/braid/extension/grpcreconnectextension/internal/metadata"
)

// attempts are the moments at which a client that names the extension tries to reach a server that is not there, as far as
// they lie within the time.
func attempts(t *testing.T, cfg *Config, within time.Duration) []time.Duration {
	t.Helper()
	set := extensiontest.NewNopSettings(metadata.Type)
	ext, err := NewFactory().Create(t.Context(), set, cfg)
	require.NoError(t, err)
	client := configgrpc.NewDefaultClientConfig()
	client.Endpoint = "passthrough:///gateway:4317"
	client.TLS = configtls.ClientConfig{Insecure: true}
	client.Middlewares = []configmiddleware.Config{{ID: set.ID}}

	var mu sync.Mutex
	var at []time.Duration
	began := time.Now()
	conn, err := client.ToClientConn(t.Context(), map[component.ID]component.Component{set.ID: ext}, set.TelemetrySettings,
		configgrpc.WithGrpcDialOption(grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(began))
			return nil, errors.New("connection refused")
		})))
	require.NoError(t, err)
	conn.Connect()
	time.Sleep(within)
	require.NoError(t, conn.Close())
	mu.Lock()
	defer mu.Unlock()
	return at
}

func TestClient_ServerAway_TriesAtTheConfiguredPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := createDefaultConfig().(*Config)
		at := attempts(t, cfg, 5*time.Second)
		require.Greater(t, len(at), 10)
		for i := range at[1:] {
			gap := at[i+1] - at[i]
			assert.GreaterOrEqual(t, gap, cfg.InitialDelay, i)
			assert.LessOrEqual(t, gap, cfg.MaxDelay*6/5, i)
		}
	})
}
