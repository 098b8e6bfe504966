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

// processorSettings are one line of configuration for each processor. The library's own attributes processor does what is
// left of Braid's work without any of its thought: it writes as many attributes of about the same length onto every span.
var processorSettings = map[string]string{
	"session_correlation": "secret: the secret of a measurement",
	"concurrency":         "secret: the secret of a measurement",
	stamping: "actions: [{key: session.id, value: 00000001-0000-4000-8000-000000000000, action: insert}, " +
		"{key: user.id, value: u00000001, action: insert}, {key: braid.session.source, value: trace, action: insert}]",
}

const stamping = "attributes"

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
		fmt.Fprintf(&settings, "  %s:\n    %s\n", name, processorSettings[name])
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
