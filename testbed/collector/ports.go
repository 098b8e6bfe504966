package collector

import (
	"errors"
	"fmt"
	"net"
)

// Endpoints are the addresses of one collector, as the shipped configurations name them in their environment.
type Endpoints struct {
	OTLPGRPC  string // BRAID_OTLP_GRPC_ENDPOINT
	OTLPHTTP  string // BRAID_OTLP_HTTP_ENDPOINT
	Metrics   string // BRAID_METRICS_ENDPOINT: the Prometheus exporter
	Health    string // BRAID_HEALTH_ENDPOINT
	History   string // BRAID_HISTORY_ENDPOINT: the Prometheus API of what was
	Assistant string // BRAID_ASSISTANT_ENDPOINT: the page and its API
	Telemetry string // BRAID_TELEMETRY_HOST and _PORT: the collector's own metrics
}

// FreeEndpoints returns loopback addresses on which nobody listens now.
func FreeEndpoints() (Endpoints, error) {
	a, err := FreeAddresses(7)
	if err != nil {
		return Endpoints{}, err
	}
	return Endpoints{
		OTLPGRPC: a[0], OTLPHTTP: a[1], Metrics: a[2], Health: a[3], Telemetry: a[4], History: a[5], Assistant: a[6],
	}, nil
}

// Env returns the environment that makes a shipped configuration use these addresses.
func (e Endpoints) Env() map[string]string {
	host, port, _ := net.SplitHostPort(e.Telemetry)
	return map[string]string{
		"BRAID_OTLP_GRPC_ENDPOINT": e.OTLPGRPC,
		"BRAID_OTLP_HTTP_ENDPOINT": e.OTLPHTTP,
		"BRAID_METRICS_ENDPOINT":   e.Metrics,
		"BRAID_HEALTH_ENDPOINT":    e.Health,
		"BRAID_HISTORY_ENDPOINT":   e.History,
		"BRAID_ASSISTANT_ENDPOINT": e.Assistant,
		"BRAID_TELEMETRY_HOST":     host,
		"BRAID_TELEMETRY_PORT":     port,
	}
}

// HealthURL is where the health check answers.
func (e Endpoints) HealthURL() string { return "http://" + e.Health + "/" }

// MetricsURL is where the Prometheus exporter answers.
func (e Endpoints) MetricsURL() string { return "http://" + e.Metrics + "/metrics" }

// PageURL is where people ask.
func (e Endpoints) PageURL() string { return "http://" + e.Assistant + "/" }

// FreeAddresses returns n different loopback addresses on which nobody listens now. All are held at once before any is
// given up, so they differ.
func FreeAddresses(n int) (addresses []string, err error) {
	for range n {
		l, listenErr := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // loopback, at once
		if listenErr != nil {
			return nil, errors.Join(fmt.Errorf("finding a free port: %w", listenErr), err)
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}
