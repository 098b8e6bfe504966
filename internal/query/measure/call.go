package measure

// callers are the labels of calls as the history exporter counts them, in all traces.
var callers = map[Dim]string{Service: "service_name", Callee: "braid_callee", Store: "db_system_name", Region: "braid_region"}

// graph are the labels of the collector's service graph connector.
var graph = map[Dim]string{Service: "client", Callee: "server"}

const callDuration = "braid_call_duration_seconds"

// calls are the sources of a figure of the calls between services: of a native histogram, and of the connector's metric.
func calls(over func(*dialect) string, metric, connector string) []Source {
	d := dialect{metric: callDuration, scale: "1000 * ", failed: `braid_outcome="failure",`}
	return []Source{
		{Needs: []string{callDuration}, Labels: callers, Over: over(&d)},
		{Needs: []string{metric}, Labels: graph, Over: connector},
	}
}

// called are the figures of calls. Failures are of the edges that failed only.
var called = []*Measure{
	{
		ID: "calls", Unit: "{request}", Bring: bringTraces,
		Sources: calls(requestCount, "traces_service_graph_request_total", "round(sum$by(increase(traces_service_graph_request_total{$sel}[$w])))"),
	},
	{
		ID: "calls_failed", Unit: "{request}", Bring: bringTraces,
		Sources: calls(errorCount, "traces_service_graph_request_failed_total", "round(sum$by(increase(traces_service_graph_request_failed_total{$sel}[$w])))"),
	},
	{
		ID: "call_latency", Unit: "ms", Bring: bringTraces,
		Sources: calls(quantile("0.5"),
			"traces_service_graph_request_server_seconds", "1000 * histogram_quantile(0.5, sum$by(rate(traces_service_graph_request_server_seconds{$sel}[$w])))"),
	},
}
