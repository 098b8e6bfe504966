package symptom

import "regexp"

// polarity is what it means when a metric moves.
type polarity uint8

const (
	either    polarity = iota // not known: both directions may be trouble
	highIsBad                 // latency, errors
	lowIsBad                  // hit ratio, ready replicas
	load                      // how much is asked for: never a failure by itself
	abandoned                 // calls the caller gave up: the caller's symptom
)

var (
	abandonedPattern = regexp.MustCompile(`(?i)cancell?ed|aborted_by_client|client_abort`)
	highPattern      = regexp.MustCompile(`(?i)latency|duration|error|err_|5xx|fail|timeout|wait|lag|backlog|depth|cpu|memory|heap|rss|restart|panic|exhaust|dropped|throttl|miss|retr|reject|oom|gc_|pause|evict|deadlock|contention|blocked|usage|utili[sz]ation|saturation|pending|examined|_time|seconds$|_ms$|unavailable|conflict`)
	lowPattern       = regexp.MustCompile(`(?i)hit_?(ratio|rate)|success|availab|ready|uptime|healthy|free|remaining|conversion|delivered|processed|consumed`)
	loadPattern      = regexp.MustCompile(`(?i)requests?_?(per_?sec|rate|total|count)|\brps\b|_rps|qps|queries_per_?s|throughput|calls_per_?s|per_second|ops_per|\.rate$|messages?_in`)
)

func polarityOf(metric string) polarity {
	switch {
	case abandonedPattern.MatchString(metric):
		return abandoned
	case loadPattern.MatchString(metric) && !regexpError.MatchString(metric):
		return load
	case lowPattern.MatchString(metric):
		return lowIsBad
	case highPattern.MatchString(metric):
		return highIsBad
	}
	return either
}

// consequence is what a service shows too when only something it calls is in trouble.
var consequence = regexp.MustCompile(`(?i)latency|(request|server|client|http|rpc|response).*duration|error|5xx|fail|timeout|availab|success|upstream|endpoint`)

var regexpError = regexp.MustCompile(`(?i)error|fail|5xx|timeout|retr|reject`)

// bad weighs a departure in [0, 1]: zero if the metric got better or is no sign of failing.
func (p polarity) bad(d departure) float64 {
	weight := d.size / (d.size + 1)
	higher := d.after > d.before
	switch p {
	case highIsBad:
		if higher {
			return weight
		}
	case lowIsBad:
		if !higher {
			return weight
		}
	case either:
		return 0.7 * weight
	case load, abandoned:
	}
	return 0
}
