package incidentconnector

import (
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/connector/incidentconnector/internal/metadata"
	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/rca"
)

// Names of the events; design.md section 4.
const (
	eventIncident = "braid.incident"
	eventAnomaly  = "braid.anomaly"
	eventBreach   = "braid.forecast.breach"
)

// toLogs encodes events, one resource a tenant.
func (c *core) toLogs(events []event) plog.Logs {
	ld := plog.NewLogs()
	byTenant := map[string]plog.LogRecordSlice{}
	for i := range events {
		e := &events[i]
		records, ok := byTenant[e.tenant]
		if !ok {
			rl := ld.ResourceLogs().AppendEmpty()
			if e.tenant != "" {
				rl.Resource().Attributes().PutStr("braid.tenant", e.tenant)
			}
			sl := rl.ScopeLogs().AppendEmpty()
			sl.Scope().SetName(metadata.ScopeName)
			records = sl.LogRecords()
			byTenant[e.tenant] = records
		}
		r := records.AppendEmpty()
		r.SetObservedTimestamp(pcommon.NewTimestampFromTime(time.Now()))
		if e.incident != nil {
			encodeIncident(r, e.incident)
		} else {
			encodeNotice(r, e.notice)
		}
	}
	return ld
}

// put sets an attribute that says something.
type put struct{ pcommon.Map }

func (p put) text(key, v string) {
	if v != "" {
		p.PutStr(key, v)
	}
}

func (p put) texts(key string, list []string) {
	if len(list) == 0 {
		return
	}
	s := p.PutEmptySlice(key)
	s.EnsureCapacity(len(list))
	for _, v := range list {
		s.AppendEmpty().SetStr(v)
	}
}

func (p put) number(key string, v *float64) {
	if v != nil {
		p.PutDouble(key, *v)
	}
}

func (p put) span(began, ended time.Time) {
	p.PutInt("braid.start_time_unix_nano", began.UnixNano())
	if !ended.IsZero() {
		p.PutInt("braid.end_time_unix_nano", ended.UnixNano())
	}
}

func encodeIncident(r plog.LogRecord, i *incident.Incident) {
	r.SetEventName(eventIncident)
	r.SetTimestamp(pcommon.NewTimestampFromTime(i.At))
	r.SetSeverityNumber(plog.SeverityNumber(i.Severity))
	r.SetSeverityText(plog.SeverityNumber(i.Severity).String())
	r.SetTraceID(i.Trace)
	r.Body().SetStr(title(i))
	p := put{r.Attributes()}
	p.EnsureCapacity(40)
	p.PutStr("braid.incident.id", i.ID)
	p.PutStr("braid.incident.phase", string(i.Phase))
	status := "open"
	if !i.Open {
		status = "resolved"
	}
	p.PutStr("braid.incident.status", status)
	p.span(i.Began, i.Ended)
	p.texts("braid.incident.services", i.Services[:min(len(i.Services), maxListed)])
	p.PutBool("braid.incident.user_facing", i.UserFacing)
	p.PutInt("braid.incident.alerts", int64(i.Alerts))
	p.texts("braid.incident.alert_ids", i.AlertIDs)
	encodeCause(p, i)
	p.texts("braid.incident.affected", i.Affected[:min(len(i.Affected), maxListed)])
	if i.Verdict != nil {
		encodeVerdict(p, i.Verdict)
	}
	encodeImpact(p, &i.Impact)
	p.texts("braid.incident.checks", i.Advice.Checks)
	p.texts("braid.incident.actions", i.Advice.Actions)
}

// maxListed is the most services, or facts, of one event.
const maxListed = 32

func encodeCause(p put, i *incident.Incident) {
	if top, ok := i.Cause(); ok {
		p.PutStr("braid.incident.cause", causeText(&top))
		p.text("service.name", top.Service)
		p.text("braid.incident.cause.service", top.Service)
		p.text("braid.incident.cause.kind", string(top.Kind))
		p.text("braid.incident.cause.pod", top.Pod)
		p.text("braid.incident.cause.host", top.Host)
		p.text("braid.incident.cause.operation", top.Operation)
		p.text("braid.incident.cause.statement", top.Statement)
		p.text("braid.incident.cause.change", top.Change)
		p.PutDouble("braid.incident.cause.share", top.Share)
		p.texts("braid.incident.path", top.Path)
	}
	var hypotheses, evidence []string
	for n := range i.Hypotheses {
		h := &i.Hypotheses[n]
		hypotheses = append(hypotheses, fmt.Sprintf("%s (%.0f %%): %s", causeText(h), 100*h.Share, h.Indicator))
		for _, f := range h.Evidence {
			evidence = append(evidence, factText(n+1, "for", &f))
		}
		for _, f := range h.Against {
			evidence = append(evidence, factText(n+1, "against", &f))
		}
	}
	p.texts("braid.incident.hypotheses", hypotheses)
	p.texts("braid.incident.evidence", evidence[:min(len(evidence), maxListed)])
	var suspects []string
	for _, s := range i.Suspects {
		path := strings.Join(s.Path, " > ")
		suspects = append(suspects, fmt.Sprintf("%s\t%s\t%s\t%.2f\t%s\t%.3f\t%s", s.Service, s.Kind, s.Indicator, s.Score, s.Pod, s.Share, path))
	}
	p.texts("braid.incident.suspects", suspects)
}

func encodeImpact(p put, i *incident.Impact) {
	p.PutInt("braid.incident.users", int64(i.Users+0.5))
	p.PutInt("braid.incident.sessions", int64(i.Sessions+0.5))
	p.PutInt("braid.incident.requests.failed", i.Failed)
	p.PutInt("braid.incident.business.failed", i.Business)
	if i.Lost > 0 || i.AtRisk > 0 {
		p.PutDouble("braid.incident.revenue.lost", i.Lost)
		p.PutDouble("braid.incident.revenue.at_risk", i.AtRisk)
		p.text("braid.incident.currency", i.Currency)
	}
	p.texts("braid.incident.regions", i.Regions)
	var customers []string
	for _, c := range i.Customers {
		line := fmt.Sprintf("%s: %d failed, %.0f", pseudonym(c.Pseudonym), c.Failed, c.Value)
		if c.Cart != "" {
			line += ", cart " + c.Cart
		}
		customers = append(customers, line)
	}
	p.texts("braid.incident.customers", customers)
}

func pseudonym(hash uint64) string { return fmt.Sprintf("customer-%08x", hash>>32) }

// causeText says what ails whom.
func causeText(h *rca.Hypothesis) string { return incident.Ails(h.Service, h.Kind, incident.English) }

// title says what an incident is about.
func title(i *incident.Incident) string {
	if top, ok := i.Cause(); ok {
		return causeText(&top)
	}
	if len(i.Services) == 0 {
		return fmt.Sprintf("%d alerts", i.Alerts)
	}
	named := strings.Join(i.Services[:min(3, len(i.Services))], ", ")
	if more := len(i.Services) - 3; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	if i.Alerts == 0 {
		return "Unusual: " + named
	}
	return fmt.Sprintf("%d alerts in %s", i.Alerts, named)
}

// factText is one line of the evidence table: hypothesis, for or against, id and what was found, separated by tabs.
func factText(hypothesis int, side string, f *rca.Finding) string {
	where := f.Service
	if f.Pod != "" {
		where += "/" + f.Pod
	}
	line := fmt.Sprintf("%d\t%s\t%s\t%s\t%s %s\t%.4g %s\t%.4g\t%.1f\t%s", hypothesis, side, f.ID, where, f.Signal, f.Entity, f.Value, f.Unit,
		f.Expected, f.Surprise, f.Since.UTC().Format(time.RFC3339))
	if f.ExplainedBy != "" {
		line += "\texplained by " + f.ExplainedBy
	}
	return line
}

func encodeNotice(r plog.LogRecord, n *incident.Notice) {
	r.SetTimestamp(pcommon.NewTimestampFromTime(n.At))
	severity := plog.SeverityNumberInfo
	if n.Opened {
		severity = plog.SeverityNumberWarn
	}
	r.SetSeverityNumber(severity)
	r.SetSeverityText(severity.String())
	p := put{r.Attributes()}
	status, ended := "open", time.Time{}
	if !n.Opened {
		status, ended = "closed", n.At
	}
	what := strings.TrimSpace(n.Series.Metric + " " + n.Series.Value)
	if n.Breach {
		r.SetEventName(eventBreach)
		r.Body().SetStr(fmt.Sprintf("%s is likely to pass %s within %s", what, n.Limit, n.Horizon))
		p.PutStr("braid.forecast.id", n.ID)
		p.PutStr("braid.forecast.status", status)
		p.text("braid.limit", n.Limit)
		p.text("braid.horizon", n.Horizon)
		p.PutDouble("braid.threshold.probability", n.Probability)
	} else {
		r.SetEventName(eventAnomaly)
		r.Body().SetStr(what + " is not as usual")
		p.PutStr("braid.anomaly.id", n.ID)
		p.PutStr("braid.anomaly.status", status)
		p.PutDouble("braid.anomaly.score", n.Score)
	}
	p.span(n.Began, ended)
	p.text("braid.metric", n.Series.Metric)
	p.text("braid.value", n.Series.Value)
	p.text("service.name", n.Series.Service)
	p.text("host.name", n.Series.Host)
	p.text("braid.region", n.Series.Region)
	p.text("braid.unit", n.Unit)
	p.number("braid.observed", n.Observed)
	p.number("braid.expected", n.Expected)
	p.number("braid.expected.lower", n.Lower)
	p.number("braid.expected.upper", n.Upper)
	p.number("braid.yesterday", n.Day)
	p.number("braid.last_week", n.Week)
}
