package incident

import (
	"cmp"
	"slices"

	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/change/symptom"
	"github.com/braidotel/braid/internal/rca"
)

// Opinion is what is thought of a trouble.
type Opinion struct {
	rca.Diagnosis
	Affected []string        // services dragged down with the first suspect
	Verdict  *change.Verdict // which change is to blame, or that none is; nil if nothing was changed or no symptom is known
}

// Diagnose says what is behind the trouble of a window.
type Diagnose func(rca.Window) Opinion

// Inquest finds out what is behind a trouble: who by what services do, and which change by what they report. Engine is
// required. It is not safe for concurrent use.
type Inquest struct {
	Engine  *rca.Engine
	Book    *symptom.Book
	Changes *change.Ledger
}

// Find says what is behind the trouble of a window. Where the engine finds nothing, or cannot know whose callers suffer from
// whom because it sees no calls of its suspect, the services' own reports (metrics by the minute, warnings that name
// others, failed spans) say who failed first.
func (q *Inquest) Find(w rca.Window) Opinion {
	o := Opinion{Diagnosis: q.Engine.Rank(w)}
	account, ok := q.account(&o)
	if !ok {
		return o
	}
	o.Affected = account.Affected
	if q.Changes.Len() == 0 {
		return o
	}
	v := q.Changes.Judge(account.Trouble)
	o.Verdict = &v
	o.blame()
	return o
}

// account reads the book with the engine's suspect, or names one by it.
func (q *Inquest) account(o *Opinion) (symptom.Account, bool) {
	if !o.None && q.calls(o.Hypotheses[0].Service) {
		return q.Book.AccountFor(o.Hypotheses[0].Service)
	}
	account, ok := q.Book.Account()
	if !ok {
		return account, false
	}
	first := account.Ranked[0].Service
	if at := slices.IndexFunc(o.Hypotheses, func(h rca.Hypothesis) bool { return h.Service == first }); at == 0 && !o.None {
		return account, true // they agree
	}
	o.Hypotheses, o.None = reported(&account), false
	return account, true
}

// calls says whether calls of a service were seen, from it or to it.
func (q *Inquest) calls(service string) bool {
	return slices.ContainsFunc(q.Engine.Edges(), func(e rca.Edge) bool { return e.Client == service || e.Server == service })
}

// reported are hypotheses by what services report of themselves.
func reported(a *symptom.Account) []rca.Hypothesis {
	total := 0.0
	for i := range a.Ranked {
		total += max(a.Ranked[i].Score, 0)
	}
	var out []rca.Hypothesis
	for i := range a.Ranked {
		r := &a.Ranked[i]
		h := rca.Hypothesis{Service: r.Service, Kind: rca.CauseOf(r.Indicator), Indicator: r.Indicator, Score: r.Score, Path: []string{r.Service}}
		if total > 0 {
			h.Share = max(r.Score, 0) / total
		}
		for k := range a.Trouble.Symptoms {
			if s := &a.Trouble.Symptoms[k]; s.Service == r.Service && len(h.Evidence) < factsOfReports {
				h.Evidence = append(h.Evidence, factOf(s, r))
			}
		}
		out = append(out, h)
	}
	return out
}

// factsOfReports is how many reports of one service are told as evidence.
const factsOfReports = 8

// factOf makes a fact of a report.
func factOf(s *change.Symptom, r *symptom.Rank) rca.Finding {
	f := rca.Finding{
		Service: s.Service, Entity: cmp.Or(s.Name, s.Text), Value: s.After, Expected: s.Before, Surprise: s.Weight, Since: s.Since,
		ExplainedBy: r.ExplainedBy,
	}
	switch s.Kind {
	case change.SymptomMetric:
		f.Signal = rca.SignalMetric
	case change.SymptomSpan:
		f.Signal = rca.SignalSpans
	case change.SymptomLog, change.SymptomAlert:
		f.Signal = rca.SignalLogs
	}
	f.ID = "report|" + string(f.Signal) + "|" + s.Service + "|" + f.Entity
	return f
}

// blame puts a change that is to blame into the hypothesis about the service that failed first.
func (o *Opinion) blame() {
	v := o.Verdict
	at := slices.IndexFunc(o.Hypotheses, func(h rca.Hypothesis) bool { return v.Deployment.Service == "" || h.Service == v.Deployment.Service })
	h := &o.Hypotheses[max(at, 0)]
	switch {
	case v.Revision != "":
		h.Change, h.Kind = v.Revision, rca.CauseDeploy
		h.Evidence = append(changeFacts(v, h), h.Evidence...)
	case v.Flag != nil:
		h.Change = v.Flag.Key
	}
}

// changeFacts are the reasons to blame a change.
func changeFacts(v *change.Verdict, h *rca.Hypothesis) []rca.Finding {
	if len(v.Candidates) == 0 {
		return nil
	}
	c := &v.Candidates[0]
	var out []rca.Finding
	for _, e := range c.Evidence {
		out = append(out, rca.Finding{
			ID: "change|" + c.Revision + "|" + string(e.Kind), Signal: rca.SignalChange, Service: cmp.Or(c.Service, h.Service), Entity: e.Text,
			Value: e.Weight, Surprise: e.Weight, Since: c.Deployment.Time, Cause: rca.CauseDeploy,
		})
	}
	return out
}
