//go:build integration

package configs

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // as exporters send
)

// metricSink passes on the name of every metric it is sent.
type metricSink struct {
	pmetricotlp.UnimplementedGRPCServer
	names chan string
}

// Export implements the OTLP metrics service.
func (s *metricSink) Export(ctx context.Context, req pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	for _, rm := range req.Metrics().ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				select {
				case s.names <- m.Name():
				case <-ctx.Done():
					return pmetricotlp.NewExportResponse(), ctx.Err()
				}
			}
		}
	}
	return pmetricotlp.NewExportResponse(), nil
}

// Metrics of a node or of the cluster belong to no service. The balancer must not drop them, alone or beside others.
func TestBalancer_MetricsOfNoService_ReachAGateway(t *testing.T) {
	t.Parallel()
	gateway := &metricSink{names: make(chan string, 16)}
	server := grpc.NewServer()
	pmetricotlp.RegisterGRPCServer(server, gateway)
	listener := listen(t)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	c := start(t, map[string]string{
		"BRAID_GATEWAYS": "[" + listener.Addr().String() + "]", "BRAID_GATEWAY_INSECURE": "true",
	}, "balancer.yaml")

	md := pmetric.NewMetrics()
	for name, service := range map[string]string{"http.server.active_requests": "shop", "k8s.node.cpu.usage": ""} {
		rm := md.ResourceMetrics().AppendEmpty()
		if service != "" {
			rm.Resource().Attributes().PutStr("service.name", service)
		}
		m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName(name)
		m.SetEmptyGauge().DataPoints().AppendEmpty().SetIntValue(1)
	}
	body, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+c.OTLPHTTP+"/v1/metrics", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)

	var arrived []string
	for range md.ResourceMetrics().Len() {
		select {
		case name := <-gateway.names:
			arrived = append(arrived, name)
		case <-time.After(arrival):
			require.Fail(t, "a metric did not arrive", "arrived: %v", arrived)
		}
	}
	assert.ElementsMatch(t, []string{"http.server.active_requests", "k8s.node.cpu.usage"}, arrived)
}
