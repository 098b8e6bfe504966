package llmsummaryexporter

import (
	"cmp"
	"encoding/json"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/narrator"
)

// told is an event with its summary.
type told struct {
	tenant, kind, of, language string
	service                    string
	resolved                   bool
	began, at                  time.Time
	severity                   plog.SeverityNumber
	evidence                   *narrator.Evidence
	summary                    *narrator.Summary
	revision                   int // 1 once models had their say, which is kept over the template of the same time
}

func newTold(e *event, evidence *narrator.Evidence, s *narrator.Summary) *told {
	return &told{
		tenant: e.tenant, kind: e.name, of: e.id, language: string(evidence.Language), began: e.began, at: e.at, severity: e.severity,
		service: cmp.Or(e.text("service.name"), firstOf(e, "braid.incident.services")), resolved: e.resolved(), evidence: evidence, summary: s,
	}
}

// with is the same event with another summary.
func (t *told) with(s *narrator.Summary) *told {
	other := *t
	other.summary, other.revision = s, 1
	return &other
}

// id names the summary: later ones of the same event and language replace it.
func (t *told) id() string {
	return history.SummaryID(history.Tenant(t.tenant), history.Kind(t.kind), t.of, t.language)
}

// attributes are those of the braid.summary event.
func (t *told) attributes() map[string]any {
	out := map[string]any{
		"braid.summary.id": t.id(), "braid.summary.of": t.of, "braid.summary.of_kind": t.kind, "braid.summary.language": t.language,
		"braid.summary.narrator": t.summary.Narrator, "braid.summary.verdict": string(t.summary.Verdict),
	}
	if t.summary.Prompt != "" {
		out["braid.summary.prompt"], out["braid.summary.prompt_hash"] = t.summary.Prompt, t.summary.PromptHash
	}
	if facts, err := json.Marshal(t.evidence.Facts); err == nil {
		out["braid.summary.facts"] = string(facts)
	}
	if pieces, err := json.Marshal(t.summary.Sentences); err == nil {
		out["braid.summary.sentences"] = string(pieces)
	}
	return out
}

// record is the summary as it is kept.
func (t *told) record() history.Event {
	return history.Event{
		Tenant: history.Tenant(t.tenant), Kind: history.KindSummary, ID: t.id(), At: t.began, Revised: t.at.Add(time.Duration(t.revision)),
		Severity: int(max(0, min(t.severity, plog.SeverityNumberFatal4))), Title: t.summary.Text(), Attributes: t.attributes(),
	}
}

// audits are the calls of models as they are kept: who asked whom what of whom, and no content.
func (t *told) audits() []history.Audit {
	var out []history.Audit
	for i := range t.summary.Calls {
		c := &t.summary.Calls[i]
		detail, err := json.Marshal(map[string]any{
			"model": c.Model, "provider": c.Provider, "prompt": c.Prompt, "prompt_hash": c.PromptHash, "facts": c.FactIDs, "masked": c.Masked,
			"input_tokens": c.InputTokens, "output_tokens": c.OutputTokens, "cost": c.Cost, "took_ms": c.Took.Milliseconds(), "verdict": c.Verdict, "reason": c.Reason,
		})
		if err != nil {
			continue // strings and numbers
		}
		out = append(out, history.Audit{
			Tenant: history.Tenant(t.tenant), ID: t.id() + "-" + strconv.FormatInt(c.Began.UnixNano(), 36) + "-" + strconv.Itoa(i), At: c.Began,
			Who: "llm_summary", From: c.Provider, Whose: t.kind + " " + t.of, What: "gen_ai.chat", Detail: string(detail),
		})
	}
	return out
}

// log is the summary as a braid.summary log record.
func (t *told) log(to plog.Logs) {
	rl := to.ResourceLogs().AppendEmpty()
	if t.tenant != "" {
		rl.Resource().Attributes().PutStr("braid.tenant", t.tenant)
	}
	r := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName(string(history.KindSummary))
	r.SetTimestamp(pcommon.NewTimestampFromTime(t.at))
	r.SetObservedTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	r.SetSeverityNumber(t.severity)
	r.Body().SetStr(t.summary.Text())
	if err := r.Attributes().FromRaw(t.attributes()); err != nil {
		r.Attributes().PutStr("braid.summary.id", t.id()) // all values are strings
	}
}

// logAudits are the calls of models as log records, for where no history keeps an audit log.
func (t *told) logAudits(to plog.Logs) {
	for _, a := range t.audits() {
		rl := to.ResourceLogs().AppendEmpty()
		if t.tenant != "" {
			rl.Resource().Attributes().PutStr("braid.tenant", t.tenant)
		}
		r := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		r.SetEventName(a.What)
		r.SetTimestamp(pcommon.NewTimestampFromTime(a.At))
		r.SetObservedTimestamp(pcommon.NewTimestampFromTime(time.Now()))
		r.Body().SetStr(a.Detail)
		r.Attributes().PutStr("braid.audit.id", a.ID)
		r.Attributes().PutStr("braid.audit.whose", a.Whose)
	}
}
