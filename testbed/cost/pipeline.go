package cost

import (
	"fmt"
	"net"
	"strings"

	"github.com/braidotel/braid/testbed/collector"
)

// pipeline is what lies between the otlp receiver and the nop exporter.
type pipeline struct {
	name       string
	processors []string
}

// config is a whole configuration as one --config argument. Pipelines with processors of Braid exist for all signals: what
// the processors derive must have a way out.
func (p pipeline) config(at collector.Endpoints, pprof string) string {
	host, port, _ := net.SplitHostPort(at.Telemetry)
	signals := []string{"traces"}
	var settings strings.Builder
	if len(p.processors) > 0 {
		signals = append(signals, "logs", "metrics")
	}
	for _, name := range p.processors {
		fmt.Fprintf(&settings, "  %s:\n    secret: the secret of a measurement\n", name)
	}
	var pipelines strings.Builder
	for _, signal := range signals {
		fmt.Fprintf(&pipelines, "    %s: {receivers: [otlp], processors: [%s], exporters: [nop]}\n",
			signal, strings.Join(p.processors, ", "))
	}
	return fmt.Sprintf(`yaml:
extensions:
  health_check: {endpoint: %q}
  pprof: {endpoint: %q}
receivers:
  otlp: {protocols: {grpc: {endpoint: %q}}}
processors:
%sexporters:
  nop:
service:
  extensions: [health_check, pprof]
  telemetry:
    logs: {level: warn}
    metrics: {readers: [{pull: {exporter: {prometheus: {host: %s, port: %s}}}}]}
  pipelines:
%s`, at.Health, pprof, at.OTLPGRPC, settings.String(), host, port, pipelines.String())
}
