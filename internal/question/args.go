package question

import (
	"math"
	"strconv"
)

// args gives the arguments of an intent: those its rule set, and those the question names.
func (f *facts) args(r *rule, q *Query, nodes []timeNode) Args {
	var out Args
	out.set(r.Set)
	switch r.Intent {
	case IntentAbnormalSessions:
		f.sessionArgs(&out)
	case IntentCapacityForecast:
		out.ThresholdPct = f.percent()
		out.Multiplier = f.factor()
	case IntentReport:
		f.reportArgs(&out)
	case IntentRegionLoad:
		f.regionArgs(&out, q)
	case IntentDeployRegression:
		out.Limit = f.limit()
		out.DeployWindow = f.deployWindow(nodes)
	case IntentTopTransactions:
		out.Limit = f.limit()
	case IntentIncidents:
		f.incidentArgs(&out, q)
	case IntentMetricValue:
		out.Agg = f.aggregate()
	case IntentJourneyDropoff:
		out.Journey = f.journey()
	case IntentServiceMap:
		out.Direction = f.direction()
	case IntentLookup:
		out.Entity = f.entity(q)
		out.Pick = f.pick(q)
	case IntentApprovals:
		out.ActionID = f.actionID()
	case IntentRunbook:
		out.Topic = f.topic(q.read())
	default:
	}
	return out
}

func (a *Args) set(values map[string]string) {
	for name, value := range values {
		switch name {
		case "kind":
			a.Kind = value
		case "ask":
			a.Ask = value
		case "rank_by":
			a.RankBy = value
		case "status":
			a.Status = value
		case "action":
			a.Action = value
		}
	}
}

// sessionArgs reads "more than 100 log-ins a minute per address", "longer than 8 hours".
func (f *facts) sessionArgs(out *Args) {
	switch out.Kind {
	case "login_burst":
		for _, unit := range []string{"qty.times", "qty.factor", "qty.count", "qty.", "qty.person"} {
			if at := f.find(unit); at >= 0 {
				out.Threshold = int(f.tokens[at].quantity.value)
				break
			}
		}
		out.Per = f.length()
		if f.has("obj.ip") {
			out.GroupBy = "ip"
		}
	case "long_lived":
		out.MinDuration = f.length()
	}
}

// length is the first length of time of a question as an ISO duration; days are told in hours, which have one meaning.
func (f *facts) length() string {
	for i := range f.tokens {
		t := &f.tokens[i]
		var p Period
		ok := false
		if t.quantity != nil {
			p, ok = t.quantity.period()
		} else if span := t.class("span"); span != "" {
			parsed, err := parsePeriod(span)
			p, ok = parsed, err == nil
		}
		if ok && !f.pointsAway(i) {
			if p.Months == 0 && p.Years == 0 && p.Days > 0 {
				return "PT" + strconv.Itoa(24*p.Days) + "H"
			}
			return p.String()
		}
	}
	return ""
}

// pointsAway reports whether a length of time says when, not how long: 3일 전, last 2 hours.
func (f *facts) pointsAway(i int) bool {
	after := i+1 < len(f.tokens) && f.tokens[i+1].is("dir.ago")
	before := i > 0 && (f.tokens[i-1].is("mod.last") || f.tokens[i-1].is("mod.next"))
	return after || before
}

func (f *facts) percent() float64 {
	if at := f.find("qty.percent"); at >= 0 {
		return f.tokens[at].quantity.value
	}
	return 0
}

func (f *facts) factor() float64 {
	switch {
	case f.has("qty.factor"):
		return f.tokens[f.find("qty.factor")].quantity.value
	case f.has("num.double"):
		return 2
	case f.has("num.triple"):
		return 3
	}
	return 0
}

func (f *facts) reportArgs(out *Args) {
	switch {
	case f.has("cue.exec"):
		out.Audience = "exec"
	case f.has("cue.ops"):
		out.Audience = "ops"
	}
	for _, cadence := range []string{"daily", "weekly", "monthly"} {
		if f.has("cue." + cadence) {
			out.Cadence = cadence
			break
		}
	}
}

func (f *facts) regionArgs(out *Args, q *Query) {
	if len(q.Filters.Regions) > 0 {
		return
	}
	out.Order = "desc"
	if f.has("cue.least", "cue.idle", "cue.min", "cue.few") {
		out.Order = "asc"
	}
	switch limit := f.limit(); {
	case limit > 0:
		out.Limit = limit
	case f.has("obj.order_by", "cue.region_each", "obj.list", "cue.each") && !f.has("cue.which", "cue.where", "cue.what"):
		// every region is asked for
	case f.has("cue.most", "cue.least", "cue.max", "cue.min", "cue.busy", "cue.idle", "cue.which", "cue.where", "cue.top"):
		out.Limit = 1
	}
}

// limit is a number of results: 상위 5개, top 10, 3군데만.
func (f *facts) limit() int {
	for i := range f.tokens {
		q := f.tokens[i].quantity
		if q == nil || q.value < 1 || q.value > 1000 || q.value != math.Trunc(q.value) {
			continue
		}
		ranked := i > 0 && (f.tokens[i-1].is("cue.top") || f.tokens[i-1].is("cue.most") || f.tokens[i-1].is("obj.list") || f.tokens[i-1].is("cue.slow") || f.tokens[i-1].is("cue.slowest"))
		before := i+1 < len(f.tokens) && q.unit == "" && !f.tokens[i+1].is("stop")
		if q.unit == "count" || q.unit == "" && (ranked || before) || q.unit == "person" && ranked {
			return int(q.value)
		}
	}
	return 0
}

// deployWindow is the time of the deployment meant: a time said directly before the word.
func (f *facts) deployWindow(nodes []timeNode) string {
	deploy := f.find("obj.deploy")
	for _, n := range nodes {
		if n.to <= deploy && deploy-n.to <= 2 && !n.expr.Since && n.expr.Kind != ExprNow {
			return n.expr.String()
		}
	}
	return ""
}

func (f *facts) incidentArgs(out *Args, q *Query) {
	switch {
	case out.Status != "":
	case f.has("cue.unresolved", "cue.open", "cue.ongoing", "cue.open.verb"):
		out.Status = "open"
	case f.has("cue.resolved", "cue.resolve"):
		if f.has("cue.not") {
			out.Status = "open"
		} else {
			out.Status = "resolved"
		}
	case q.Time.Kind == ExprNow || q.Time.Kind == ExprDefault && !f.has("cue.howmany", "cue.count"):
		out.Status = "open"
	default:
		out.Status = "all"
	}
	if f.has("cue.howmany", "cue.count") {
		out.Agg = "count"
	}
	if f.has("cue.severity") {
		out.Sort = "severity"
	}
}

func (f *facts) aggregate() string {
	switch {
	case f.has("cue.average"):
		return "avg"
	case f.has("cue.max", "obj.peak", "cue.most"):
		return "max"
	case f.has("cue.min", "cue.least"):
		return "min"
	}
	return ""
}

func (f *facts) journey() string {
	if at := f.find("journey.*"); at >= 0 {
		return f.tokens[at].class("journey")
	}
	if f.has("service.payment", "service.checkout", "obj.cart") {
		return "checkout"
	}
	return ""
}

func (f *facts) entity(q *Query) string {
	switch {
	case q.Filters.Trace != "":
		return "trace"
	case q.Filters.Session != "":
		return "session"
	case q.Filters.User != "":
		return "user"
	case f.has("obj.trace"):
		return "trace"
	case f.has("obj.users", "obj.account") && !f.has("obj.session"):
		return "user"
	}
	return "session"
}

// pick says which of many traces is meant where none is named.
func (f *facts) pick(q *Query) string {
	switch {
	case q.Filters.Trace != "" || q.Filters.Session != "" || q.Filters.User != "":
		return ""
	case f.has("cue.slow", "cue.slowest", "cue.slower", "cue.long", "metric.latency"):
		return "slowest"
	case f.has("cue.fail", "obj.error"):
		return "failed"
	case f.has("cue.latest"):
		return "latest"
	}
	return ""
}

// actionID is the number of an action: 3번 조치, action 12.
func (f *facts) actionID() string {
	for i := range f.tokens {
		if q := f.tokens[i].quantity; q != nil && (q.unit == "times" || q.unit == "" || q.unit == "ordinal") {
			return strconv.FormatFloat(q.value, 'f', -1, 64)
		}
	}
	if at := f.find("id.identifier"); at >= 0 {
		return f.tokens[at].literal.value
	}
	return ""
}

// topic is what a procedure is asked for: the words that are neither the asking nor the politeness.
func (f *facts) topic(text string) string {
	start, end := -1, -1
	for i := range f.tokens {
		t := &f.tokens[i]
		frame := t.kind == tokenParticle || t.kind == tokenEnding || t.is("stop") || t.is("obj.runbook") || t.is("cue.how_to") || t.is("cue.handle") || t.is("cue.what") || t.is("dir.for") || t.is("cue.if")
		if !frame {
			if start < 0 {
				start = t.start
			}
			end = t.end
		}
	}
	if start < 0 {
		return ""
	}
	return text[start:end]
}
