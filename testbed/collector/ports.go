package collector

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
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

// FreeEndpoints returns loopback addresses of its own; see FreeAddresses.
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

// The ports that are given: below those that the system gives to the near end of a connection (on Linux from 32,768). Else
// any connection of the machine could take the address of a server that is killed and started again.
const (
	firstPort = 10_000
	endPort   = 32_768
	// portAttempts is how often a port may turn out to be taken.
	portAttempts = 1000
)

// given are the ports that this process was given: a server that waits, or is about to start, does not listen on its own.
var given = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// FreeAddresses returns n loopback addresses on which nobody listens now, and which were never returned before.
func FreeAddresses(n int) ([]string, error) {
	given.Lock()
	defer given.Unlock()
	addresses := make([]string, 0, n)
	var err error
	for attempt := 0; len(addresses) < n; attempt++ {
		if attempt > n+portAttempts {
			return nil, fmt.Errorf("finding a free port: %w", err)
		}
		port := firstPort + rand.IntN(endPort-firstPort)
		if given.ports[port] {
			continue
		}
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if err = probe(address); err != nil {
			continue
		}
		given.ports[port] = true
		addresses = append(addresses, address)
	}
	return addresses, nil
}

// probe tells whether somebody could listen there.
func probe(address string) error {
	l, err := net.Listen("tcp", address) //nolint:noctx // loopback, at once
	if err != nil {
		return err
	}
	return l.Close()
}
