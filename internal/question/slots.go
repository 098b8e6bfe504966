package question

import (
	"slices"
	"strings"
)

// metricIntents are the intents that carry metrics. Elsewhere a metric's name only helps to tell the intent.
var metricIntents = map[Intent]bool{
	IntentCompare: true, IntentMetricValue: true, IntentCapacityForecast: true, IntentBusinessImpact: true,
	IntentWebVitals: true, IntentSLOStatus: true, IntentDeployRegression: true, IntentRootCause: true,
}

// implied metrics stand for words that are not metrics themselves, where the intent asks for figures.
var implied = []struct {
	concepts []string
	metric   string
}{
	{[]string{"obj.users", "cue.login", "cue.busy", "obj.connection", "obj.peak"}, "concurrent_users"},
	{[]string{"obj.error", "cue.fail"}, "error_rate"},
	{[]string{"cue.slow", "cue.slower", "cue.slow_noun", "cue.fast"}, "latency"},
	{[]string{"obj.load", "obj.system", "obj.server"}, "system_usage"},
}

// metrics gives the metrics of a query, in the order of the text.
func (f *facts) metrics(intent Intent) []string {
	if !metricIntents[intent] {
		return nil
	}
	var out []string
	for i := range f.tokens {
		name := f.tokens[i].class("metric")
		if name == "" && intent == IntentCompare {
			name = f.tokens[i].comparable()
		}
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	out = withoutGeneral(out)
	if len(out) > 0 {
		return out
	}
	switch intent {
	case IntentWebVitals:
		return []string{"web_vitals"}
	case IntentDeployRegression:
		if f.has("cue.fail", "obj.error") && !f.has("cue.slower", "cue.slow") {
			return []string{"error_rate"}
		}
		return []string{"latency"}
	case IntentCompare, IntentMetricValue:
		for _, rule := range implied {
			if f.has(rule.concepts...) {
				out = append(out, rule.metric)
				if intent == IntentMetricValue {
					break
				}
			}
		}
		if intent == IntentCompare && (len(out) == 0 || len(out) == 1 && out[0] == "system_usage" && f.has("obj.system")) {
			out = []string{"concurrent_users", "system_usage"}
		}
	case IntentRootCause:
		for _, rule := range implied {
			if (rule.metric == "latency" || rule.metric == "error_rate") && f.has(rule.concepts...) {
				out = append(out, rule.metric)
			}
		}
	case IntentCapacityForecast:
		if f.has("obj.users") && f.factor() > 0 {
			out = append(out, "concurrent_users")
		}
	case IntentBusinessImpact:
		if f.has("service.payment", "journey.checkout") && f.has("cue.fail", "obj.error") {
			out = append(out, "payments_failed")
		}
		for _, rule := range impacts {
			if f.has(rule.concepts...) {
				out = append(out, rule.metric)
			}
		}
	default:
	}
	return out
}

// impacts are the same for what an incident did to people and money.
var impacts = []struct {
	concepts []string
	metric   string
}{
	{[]string{"obj.users", "cue.howmany_people", "qty.person"}, "affected_customers"},
	{[]string{"cue.lose_money", "obj.sales"}, "revenue_at_risk"},
}

// comparable gives the metric a plain word stands for beside others: "users and load".
func (t *token) comparable() string {
	switch {
	case t.is("obj.users"):
		return "concurrent_users"
	case t.is("obj.load"):
		return "system_usage"
	}
	return ""
}

// withoutGeneral drops a metric that only repeats a narrower one: "p95 latency", "cpu usage".
func withoutGeneral(metrics []string) []string {
	narrower := map[string][]string{"latency": {"latency_p95", "latency_p99"}, "web_vitals": {"lcp", "inp", "cls"}, "active_sessions": {"concurrent_users"}}
	return slices.DeleteFunc(metrics, func(m string) bool {
		return slices.ContainsFunc(narrower[m], func(n string) bool { return slices.Contains(metrics, n) })
	})
}

// unnamed are the intents in which the word for a service means something else: the act of logging in, the steps of
// a purchase, the topic of a procedure.
var unnamed = map[Intent]bool{
	IntentAbnormalSessions: true, IntentJourneyDropoff: true, IntentRunbook: true, IntentHelp: true, IntentApprovals: true, IntentBusinessImpact: true,
}

// filters gives the catalogue names and identifiers of a question.
func (f *facts) filters(intent Intent) Filters {
	var out Filters
	for i := range f.tokens {
		t := &f.tokens[i]
		if f.excepted(i) {
			continue
		}
		if t.literal != nil {
			out.identify(t.literal, f)
		}
		for _, concept := range t.concepts {
			class, name := canonicalName(concept)
			switch class {
			case "service":
				if out.Service == "" && (!unnamed[intent] || f.saysService(i)) && !t.is("cue.pending") {
					out.Service = name
				}
			case "region":
				if !slices.Contains(out.Regions, name) {
					out.Regions = append(out.Regions, name)
				}
			case "host":
				out.Host = name
			case "channel":
				out.Channel = name
			case "page":
				if intent == IntentWebVitals || intent == IntentMetricValue || intent == IntentCompare || intent == IntentRootCause {
					out.Page = name
				}
			}
		}
	}
	if intent == IntentRunbook || intent == IntentHelp || intent == IntentApprovals {
		return Filters{}
	}
	if out.Page != "" {
		out.Service = f.serviceBeside(out.Service)
	}
	return out
}

// excepted reports whether a name is what is not asked about: 서울 빼고, except seoul.
func (f *facts) excepted(i int) bool {
	if i > 0 && f.tokens[i-1].is("cue.except") && !f.tokens[i-1].korean {
		return true
	}
	j := i + 1
	if j < len(f.tokens) && f.tokens[j].kind == tokenParticle {
		j++
	}
	return j < len(f.tokens) && f.tokens[j].is("cue.except") && f.tokens[j].korean
}

// saysService reports whether the word after a name says that it is a service.
func (f *facts) saysService(i int) bool {
	return i+1 < len(f.tokens) && f.tokens[i+1].is("obj.service")
}

// serviceBeside keeps the service of a question about a page only where it is said to be one.
func (f *facts) serviceBeside(service string) string {
	at := f.find("service." + service)
	if at < 0 || !f.saysService(at) {
		return ""
	}
	return service
}

func (out *Filters) identify(l *literal, f *facts) {
	switch l.kind {
	case "user":
		out.User = l.value
	case "session":
		out.Session = l.value
	case "trace":
		out.Trace = l.value
	case "ip":
		out.IP = l.value
	case "version":
		out.Version = l.value
	case "page":
		out.Page = l.value
	case "identifier":
		switch {
		case f.has("obj.session"):
			out.Session = l.value
		case f.has("obj.users", "obj.account"):
			out.User = l.value
		case f.has("obj.trace"):
			out.Trace = l.value
		}
	}
}

// pairs gives the filters as name and value, for readings and restatements.
func (out Filters) pairs() [][2]string {
	all := [][2]string{
		{"service", out.Service}, {"host", out.Host}, {"channel", out.Channel}, {"page", out.Page}, {"region", strings.Join(out.Regions, ",")},
		{"user", out.User}, {"session", out.Session}, {"trace", out.Trace}, {"ip", out.IP}, {"version", out.Version},
	}
	return slices.DeleteFunc(all, func(pair [2]string) bool { return pair[1] == "" })
}

// Map gives the filters that were given, by their name in the JSON API; regions are a list.
func (out Filters) Map() map[string]any {
	all := map[string]any{}
	for _, pair := range out.pairs() {
		all[pair[0]] = pair[1]
	}
	if len(out.Regions) > 0 {
		all["region"] = out.Regions
	}
	return all
}
