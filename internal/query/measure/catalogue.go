package measure

import "slices"

// places are the labels by which telemetry says where it is from, as the history promotes them.
var places = map[Dim]string{Service: "service_name", Host: "host_name", Region: "braid_region"}

var hosts = map[Dim]string{Host: "host_name", Region: "braid_region"}

const (
	bringUsers   = "processors: [concurrency]"
	bringSession = "processors: [session_correlation]"
	bringHost    = "receivers: [host_metrics]"
	bringTraces  = "service::pipelines::traces::exporters: [history]"
	bringBrowser = "OTLP from the browser: web vitals as histograms, such as browser.web_vital.lcp in ms"
	bringMoney   = "session_correlation::business"
)

func users(identity string) Source {
	of := `braid_concurrent_users{$selbraid_identity="` + identity + `"}`
	return Source{
		Needs: []string{`braid_concurrent_users{braid_identity="` + identity + `"}`}, Keyed: true, Identity: identity,
		Labels: map[Dim]string{Service: "service_name", Region: "braid_region"},
		At:     "sum$by(" + of + ")",
		Over:   "sum$by(avg_over_time(" + of + "[$w]))",
		Most:   "sum$by(max_over_time(" + of + "[$w]))",
		Usual:  `braid_baseline{braid_metric="braid.concurrent_users",braid_identity="` + identity + `"}`,
	}
}

// sessions are the open ones as session_correlation has them: in all, which counts each once.
func sessions() Source {
	const nowhere = `service_name="",host_name="",k8s_pod_name="",braid_region=""`
	const of = "braid_session_active{" + nowhere + "}"
	return Source{
		Needs: []string{of}, At: "sum(" + of + ")", Over: "sum(avg_over_time(" + of + "[$w]))", Most: "sum(max_over_time(" + of + "[$w]))",
		Usual: `braid_baseline{braid_metric="braid.session.active",` + nowhere + `}`,
	}
}

// sessionsAtHosts are those that have been at a host, once for each service and pod that they have been at there. A place is
// a service, a host, a pod and a region in one, and sessions go through several: no sum of places is right for a service or a
// region, whose sessions concurrency counts.
func sessionsAtHosts() Source {
	return Source{
		Needs: []string{`braid_session_active{host_name!=""}`}, Labels: map[Dim]string{Host: "host_name"}, Per: Host,
		At:   "sum$by(braid_session_active{$sel})",
		Over: "sum$by(avg_over_time(braid_session_active{$sel}[$w]))",
		Most: "sum$by(max_over_time(braid_session_active{$sel}[$w]))",
	}
}

// processor is a host's load by one of the two names that its state has.
func processor(state string) Source {
	of := `system_cpu_utilization_ratio{$sel` + state + `="idle"}`
	return Source{
		Needs: []string{`system_cpu_utilization_ratio{` + state + `="idle"}`}, Labels: hosts,
		Over:  "100 * (1 - avg$by(avg_over_time(" + of + "[$w])))",
		Usual: `braid_baseline_ratio{braid_metric="system.cpu.utilization",` + state + `="idle"}`, Scale: 100, Complement: true,
	}
}

func memory(state string) Source {
	of := `system_memory_utilization_ratio{$sel` + state + `="used"}`
	return Source{
		Needs: []string{`system_memory_utilization_ratio{` + state + `="used"}`}, Labels: hosts,
		Over:  "100 * avg$by(avg_over_time(" + of + "[$w]))",
		Usual: `braid_baseline_ratio{braid_metric="system.memory.utilization",` + state + `="used"}`, Scale: 100,
	}
}

// runtime is a process' own view, which unlike its host's can be told by service.
var runtime = Source{
	Needs: []string{"jvm_cpu_recent_utilization_ratio"}, Labels: places,
	Over:  "100 * avg$by(avg_over_time(jvm_cpu_recent_utilization_ratio{$sel}[$w]))",
	Usual: `braid_baseline_ratio{braid_metric="jvm.cpu.recent_utilization"}`, Scale: 100,
}

var heap = Source{
	Needs: []string{"jvm_memory_used_bytes", "jvm_memory_limit_bytes"}, Labels: places,
	Over: "100 * sum$by(avg_over_time(jvm_memory_used_bytes{$seljvm_memory_type=\"heap\"}[$w])) / " +
		"sum$by(avg_over_time(jvm_memory_limit_bytes{$seljvm_memory_type=\"heap\"}[$w]))",
}

var all = []*Measure{
	{
		ID: "concurrent_users", Unit: "{user}", Least: 1, Bring: bringUsers,
		Sources: []Source{users("user"), users("session"), users("client")},
	},
	{ID: "active_sessions", Unit: "{session}", Least: 1, Bring: bringSession, Sources: []Source{sessions(), users("session"), sessionsAtHosts()}},
	{
		ID: "cpu", Unit: "%", Worse: WorseUp, Limit: 90, Least: 1, Bring: bringHost,
		Sources: []Source{processor("cpu_mode"), processor("state"), runtime},
	},
	{
		ID: "memory", Unit: "%", Worse: WorseUp, Limit: 90, Least: 1, Bring: bringHost,
		Sources: []Source{memory("system_memory_state"), memory("state"), heap},
	},
	{
		ID: "disk", Unit: "%", Worse: WorseUp, Limit: 90, Least: 1, Bring: bringHost,
		Sources: []Source{{
			Needs: []string{"system_filesystem_utilization_ratio"}, Labels: hosts,
			Over:  "100 * max$by(max_over_time(system_filesystem_utilization_ratio{$sel}[$w]))",
			Usual: `braid_baseline_ratio{braid_metric="system.filesystem.utilization"}`, Scale: 100,
		}},
	},
	{
		ID: "network", Unit: "By/s", Worse: WorseUp, Least: 1000, Bring: bringHost,
		Sources: []Source{{
			Needs: []string{"system_network_io_bytes_total"}, Labels: hosts,
			Over: "sum$by(rate(system_network_io_bytes_total{$sel}[$w]))",
		}},
	},
	{ID: "throughput", Unit: "{request}/s", Least: 0.1, Bring: bringTraces, Sources: each(throughput)},
	{ID: "latency", Unit: "ms", Worse: WorseUp, Least: 5, Bring: bringTraces, Sources: each(mean)},
	{ID: "latency_p50", Unit: "ms", Worse: WorseUp, Least: 5, Bring: bringTraces, Sources: each(quantile("0.5"))},
	{ID: "latency_p95", Unit: "ms", Worse: WorseUp, Least: 5, Bring: bringTraces, Sources: each(quantile("0.95"))},
	{ID: "latency_p99", Unit: "ms", Worse: WorseUp, Least: 5, Bring: bringTraces, Sources: each(quantile("0.99"))},
	{ID: "error_rate", Unit: "%", Worse: WorseUp, Least: 0.1, Bring: bringTraces, Sources: each(errorRate)},
	{ID: "availability", Unit: "%", Worse: WorseDown, Least: 0.01, Bring: bringTraces, Sources: each(availability)},
	{ID: "errors", Unit: "{failure}", Worse: WorseUp, Least: 1, Bring: bringTraces, Sources: each(errorCount)},
	{
		ID: "self_time", Unit: "s", Bring: bringTraces,
		Sources: []Source{{
			Needs: []string{"braid_transaction_self_time_seconds_total"}, Labels: derived,
			Over: "sum$by(increase(braid_transaction_self_time_seconds_total{$sel}[$w]))",
		}},
	},
	{ID: "statement_p95", Unit: "ms", Worse: WorseUp, Least: 5, Bring: bringTraces, Sources: statements(quantile("0.95"))},
	{ID: "statement_errors", Unit: "%", Worse: WorseUp, Least: 0.1, Bring: bringTraces, Sources: statements(errorRate)},
	{ID: "statements", Unit: "{request}/s", Bring: bringTraces, Sources: statements(throughput)},
	{ID: "requests", Unit: "{request}", Least: 1, Bring: bringTraces, Sources: each(requestCount)},
	{
		ID: "payments_failed", Unit: "{failure}", Worse: WorseUp, Least: 1, Bring: bringMoney,
		Sources: []Source{business("round(sum$by(increase(braid_business_count_total{$selbraid_business_outcome=\"failure\"}[$w])))")},
	},
	{
		ID: "payments", Unit: "{event}", Least: 1, Bring: bringMoney,
		Sources: []Source{business("round(sum$by(increase(braid_business_count_total{$selbraid_business_outcome=\"success\"}[$w])))")},
	},
	{
		ID: "business_count", Unit: "{event}", Bring: bringMoney,
		Sources: []Source{business("round(sum$by(increase(braid_business_count_total{$sel}[$w])))")},
	},
	{
		ID: "business_value", Bring: bringMoney,
		Sources: []Source{business("sum$by(increase(braid_business_value_total{$selbraid_business_outcome=\"success\"}[$w]))")},
	},
	{ID: "lcp", Unit: "ms", Worse: WorseUp, Limit: 2500, Least: 50, Bring: bringBrowser, Sources: vitals("lcp")},
	{ID: "inp", Unit: "ms", Worse: WorseUp, Limit: 200, Least: 10, Bring: bringBrowser, Sources: vitals("inp")},
	{ID: "cls", Unit: "1", Worse: WorseUp, Limit: 0.1, Least: 0.01, Bring: bringBrowser, Sources: vitals("cls")},
}

func business(over string) Source {
	return Source{
		Needs: []string{"braid_business_count_total"}, Over: over,
		Labels: map[Dim]string{
			Service: "service_name", Region: "braid_region", Event: "braid_business_event", Outcome: "braid_business_outcome", Currency: "braid_business_currency",
		},
	}
}

// vitals are what browsers measured, under the names that the field's tools give them. The judged figure is the 75th
// percentile of visits.
func vitals(id string) []Source {
	labels := map[Dim]string{Service: "service_name", Page: "url_path", Region: "braid_region"}
	source := func(metric, scale string) Source {
		return Source{Needs: []string{metric}, Labels: labels, Over: scale + "histogram_quantile(0.75, sum$by(rate(" + metric + "{$sel}[$w])))"}
	}
	if id == "cls" {
		return []Source{source("browser_web_vital_cls", ""), source("web_vitals_cls", "")}
	}
	return []Source{
		source("browser_web_vital_"+id+"_milliseconds", ""), source("browser_web_vital_"+id+"_seconds", "1000 * "),
		source("web_vitals_"+id+"_milliseconds", ""),
	}
}

// All are the measures of the catalogue. They are shared: nobody changes them.
func All() []*Measure { return slices.Concat(all, called) }

var index = func() map[string]*Measure {
	byID := make(map[string]*Measure, len(all)+len(called))
	for _, m := range All() {
		byID[m.ID] = m
	}
	return byID
}()

// Needs are all series that any source asks for, for a deployment to say which of them it has.
func Needs() []string {
	seen := map[string]bool{}
	var out []string
	for _, m := range All() {
		for _, s := range m.Sources {
			for _, n := range s.Needs {
				if !seen[n] {
					seen[n] = true
					out = append(out, n)
				}
			}
		}
	}
	return out
}
