package llmsummaryexporter

import (
	"math"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/figures"
	"github.com/braidotel/braid/internal/narrator"
	"github.com/braidotel/braid/internal/periodical"
	"github.com/braidotel/braid/internal/query/wording"
)

// leastChange is the smallest change from period to period that is worth a word, in percent.
const leastChange = 1

// reportOf is a report's evidence in the making.
type reportOf struct {
	*narrator.Evidence
	now, then figures.Totals
	window    answer.Window
}

// reportBrief makes the evidence of a report; nil where there are no figures of its period. What an executive is not told
// of are requests and security events.
func reportBrief(c *periodical.Config, now, then figures.Totals, window answer.Window) *narrator.Evidence {
	if now.Covered == 0 {
		return nil
	}
	r := &reportOf{&narrator.Evidence{Task: "report", Language: wording.Language(c.Language)}, now, then, window}
	r.people()
	r.money()
	if c.Audience == periodical.Operators {
		r.requests()
	}
	r.incidents()
	if c.Audience == periodical.Operators {
		r.counted("report.anomalies", "anomalies", "anomalies", figureAnomalies, "{anomaly}")
		r.counted("report.floods", "floods", "floods", figureFloods, "{flood}")
		r.counted("report.duplicates", "duplicates", "duplicate log-ins", figureDuplicate, "{login}")
	}
	if whole := window.End.Sub(window.Start); now.Covered < whole-figures.Slot {
		r.Point("report.partial", slots{"covered": r.fact("coverage", now.Covered.Seconds(), "s")}, nil)
	}
	return r.Evidence
}

func (r *reportOf) fact(name string, value float64, unit string) string {
	return r.Fact(answer.Fact{Name: name, Value: value, Unit: unit, Window: r.window, Source: "metrics"})
}

// compared tells a figure, and by how much it differs from the period before, where that was known as well.
func (r *reportOf) compared(point, slot, name, unit string, value, before float64) {
	whole := r.window.End.Sub(r.window.Start)
	change := 100 * (value - before) / before
	if before <= 0 || r.then.Covered < whole-figures.Slot || r.now.Covered < whole-figures.Slot || math.Abs(change) < leastChange {
		r.Point(point, slots{slot: r.fact(name, value, unit)}, nil)
		return
	}
	suffix := "_more"
	if change < 0 {
		suffix = "_less"
	}
	past := answer.Window{Start: r.window.Start.Add(-whole), End: r.window.Start}
	then := r.Fact(answer.Fact{Name: name, Value: before, Unit: unit, Window: past, Source: "metrics"})
	by := r.Fact(answer.Fact{Name: name, Value: change, Unit: "%", Text: wording.Figure(math.Abs(change), "%", r.Language), Window: r.window, Source: "metrics"})
	id := r.Fact(answer.Fact{Name: name, Value: value, Unit: unit, Then: then, Change: by, Window: r.window, Source: "metrics"})
	r.Point(point+suffix, slots{slot: id, "change": by}, nil)
}

// identities are the kinds that stand for people, the surest first.
var identities = []string{"user", "visitor", "session", "client"}

func (r *reportOf) people() {
	for _, identity := range identities {
		if peak, ok := r.now.Peaks[figureUsers+identity]; ok && peak.Value > 0 {
			r.compared("report.users", "users", "peak users", "{user}", peak.Value, r.then.Peaks[figureUsers+identity].Value)
			break
		}
	}
	if n, ok := r.now.Sums[figureSessions]; ok {
		r.compared("report.sessions", "sessions", "sessions", "{session}", n, r.then.Sums[figureSessions])
	}
}

func (r *reportOf) money() {
	if n, ok := r.now.Sums[figureOrders]; ok {
		r.compared("report.orders", "orders", "orders", "{order}", n, r.then.Sums[figureOrders])
	}
	r.counted("report.failed", "failed", "failed orders", figureFailed, "{order}")
	for _, figure := range r.named(figureRevenue) {
		r.compared("report.revenue", "revenue", "revenue", strings.TrimPrefix(figure, figureRevenue), r.now.Sums[figure], r.then.Sums[figure])
	}
}

func (r *reportOf) requests() {
	n := r.now.Sums[figureRequests]
	if n <= 0 {
		return
	}
	r.compared("report.requests", "requests", "requests", "{request}", n, r.then.Sums[figureRequests])
	r.Point("report.errors", slots{"share": r.fact("error rate", 100*r.now.Sums[figureErrors]/n, "%")}, nil)
	r.Point("report.response", slots{"mean": r.fact("mean response time", 1000*r.now.Sums[figureResponse]/n, "ms")}, nil)
}

func (r *reportOf) incidents() {
	n := r.now.Sums[figureIncidents]
	if n <= 0 {
		r.Point("report.quiet", nil, nil)
		return
	}
	r.Point("report.incidents", slots{
		"incidents": r.fact("incidents", n, "{incident}"), "trouble": r.fact("duration of incidents", r.now.Sums[figureTrouble], "s"),
	}, nil)
	for _, figure := range r.named(figureLost) {
		if lost := r.now.Sums[figure]; lost > 0 {
			r.Point("report.lost", slots{"lost": r.fact("revenue", lost, strings.TrimPrefix(figure, figureLost))}, nil)
		}
	}
}

// counted tells how often something happened, if it did.
func (r *reportOf) counted(point, slot, name, figure, unit string) {
	if n := r.now.Sums[figure]; n > 0 {
		r.Point(point, slots{slot: r.fact(name, n, unit)}, nil)
	}
}

// currencies is the most currencies that a report tells of.
const currencies = 3

// named are the figures that begin with a name, the greatest first.
func (r *reportOf) named(prefix string) []string {
	var out []string
	for figure := range r.now.Sums {
		if len(figure) > len(prefix) && strings.HasPrefix(figure, prefix) {
			out = append(out, figure)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		if x, y := r.now.Sums[a], r.now.Sums[b]; x != y {
			return int(math.Copysign(1, y-x))
		}
		return strings.Compare(a, b)
	})
	return out[:min(len(out), currencies)]
}
