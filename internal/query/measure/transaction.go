package measure

// dialect is one way in which the durations of transactions are told as a metric: a native histogram.
type dialect struct {
	metric string
	scale  string // to milliseconds
	entry  string // matchers of what enters a service, each with a comma behind
	failed string // the same of what failed
	labels map[Dim]string
}

// derived are the labels of what the history exporter derives: an operation is no single host's.
var derived = map[Dim]string{Service: "service_name", Region: "braid_region", Operation: "braid_operation"}

func at(operation string) map[Dim]string {
	return map[Dim]string{Service: "service_name", Host: "host_name", Region: "braid_region", Operation: operation, Page: operation}
}

// dialects in the order of preference: what the history exporter derives from spans, then what instrumentation and the
// collector's span metrics connector give.
var dialects = []dialect{
	{metric: "braid_transaction_duration_seconds", scale: "1000 * ", failed: `braid_outcome="failure",`, labels: derived},
	{metric: "http_server_request_duration_seconds", scale: "1000 * ", failed: `http_response_status_code=~"5..",`, labels: at("http_route")},
	{metric: "traces_span_metrics_duration_milliseconds", entry: `span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER",`, failed: `status_code="STATUS_CODE_ERROR",`, labels: at("span_name")},
	{metric: "traces_span_metrics_duration_seconds", scale: "1000 * ", entry: `span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER",`, failed: `status_code="STATUS_CODE_ERROR",`, labels: at("span_name")},
}

func each(over func(*dialect) string) []Source {
	out := make([]Source, len(dialects))
	for i := range dialects {
		out[i] = Source{Needs: []string{dialects[i].metric}, Labels: dialects[i].labels, Over: over(&dialects[i])}
	}
	return out
}

func (d *dialect) all() string { return "sum$by(rate(" + d.metric + "{$sel" + d.entry + "}[$w]))" }

func (d *dialect) bad() string {
	return "sum$by(rate(" + d.metric + "{$sel" + d.entry + d.failed + "}[$w]))"
}

func throughput(d *dialect) string { return "histogram_count(" + d.all() + ")" }

func mean(d *dialect) string { return d.scale + "histogram_avg(" + d.all() + ")" }

func quantile(q string) func(*dialect) string {
	return func(d *dialect) string { return d.scale + "histogram_quantile(" + q + ", " + d.all() + ")" }
}

// failures counts 0 where nothing failed but something was asked. Counters that begin anew beneath an interval of a
// rollup must not make fewer than none of it.
func (d *dialect) failures() string {
	return "clamp_min(histogram_count(" + d.bad() + ") or " + zero("histogram_count("+d.all()+")") + ", 0)"
}

func errorRate(d *dialect) string {
	return "100 * " + d.failures() + " / (histogram_count(" + d.all() + ") > 0)"
}

func availability(d *dialect) string { return "100 - " + errorRate(d) }

// counts are of the increase, in whole requests.
func errorCount(d *dialect) string {
	return "round(histogram_count(sum$by(increase(" + d.metric + "{$sel" + d.entry + d.failed + "}[$w]))))"
}

func requestCount(d *dialect) string {
	return "round(histogram_count(sum$by(increase(" + d.metric + "{$sel" + d.entry + "}[$w]))))"
}

// statements are the durations of SQL statements as their callers saw them.
func statements(over func(*dialect) string) []Source {
	d := dialect{metric: "braid_query_duration_seconds", scale: "1000 * ", failed: `braid_outcome="failure",`}
	return []Source{{
		Needs: []string{d.metric}, Labels: map[Dim]string{Service: "service_name", Region: "braid_region", Statement: "db_query_text"}, Over: over(&d),
	}}
}
