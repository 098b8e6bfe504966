package relational

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"github.com/braidotel/braid/internal/history"
)

const hour = int64(3600e9)

// Write implements history.Store. Rows go in the order of their keys: two writers that meet in the same rows wait for
// each other instead of for ever.
func (s *Store) Write(ctx context.Context, b *history.Batch) error {
	if err := b.Check(); err != nil {
		return err
	}
	var w []Statement
	for i := range b.Sessions {
		w = append(w, sessionStatement(&b.Sessions[i]))
	}
	for i := range b.Events {
		w = append(w, eventStatement(&b.Events[i]))
	}
	for i := range b.Sketches {
		w = s.sketchStatements(w, &b.Sketches[i])
	}
	sortRows(w)
	traces := make([]Statement, 0, len(b.Traces))
	for i := range b.Traces {
		traces = append(traces, s.traceStatement(&b.Traces[i]))
	}
	sortRows(traces)
	var spans []Statement
	for i := range b.Traces {
		spans = s.spanStatements(spans, &b.Traces[i])
	}
	sortRows(spans)
	w = append(append(w, traces...), spans...)
	for i := range b.Reports {
		w = append(w, reportStatement(&b.Reports[i]))
	}
	for i := range b.Actions {
		w = append(w, actionStatement(&b.Actions[i]))
	}
	for i := range b.Audits {
		w = append(w, auditStatement(&b.Audits[i]))
	}
	if len(w) == 0 {
		return nil
	}
	_, err := s.db.Apply(ctx, w)
	return err
}

// sortRows sorts by statement, tenant and the texts of the key.
func sortRows(w []Statement) {
	slices.SortStableFunc(w, func(a, b Statement) int {
		if c := cmp.Compare(a.SQL, b.SQL); c != 0 {
			return c
		}
		for i := range min(3, len(a.Args)) {
			x, _ := a.Args[i].(string)
			y, _ := b.Args[i].(string)
			if c := cmp.Compare(x, y); c != 0 {
				return c
			}
		}
		return 0
	})
}

func sessionStatement(v *history.Session) Statement {
	return Statement{putSession, []any{
		text(string(v.Tenant)), text(v.ID), text(v.Previous), text(v.User), text(v.Client), text(v.Region),
		nanos(v.Start), nanos(v.Opened), nanos(v.Last), nanos(v.End), text(v.Reason),
		nanos(v.Summary), v.Requests, v.Errors, text(v.EntryPage), text(v.ExitPage), texts(v.Servers), texts(v.Services),
	}}
}

func eventStatement(v *history.Event) Statement {
	return Statement{putEvent, []any{
		text(string(v.Tenant)), text(string(v.Kind)), text(v.ID), nanos(v.At), nanos(v.Until), nanos(v.Revised),
		int64(v.Severity), text(v.Title), text(v.Service), text(v.Host), text(v.Region), text(v.Session), text(v.User),
		text(v.Client), text(v.Trace), attributes(v.Attributes),
	}}
}

func (s *Store) sketchStatements(w []Statement, v *history.Sketch) []Statement {
	for _, frame := range v.Frames {
		sum := sha256.Sum256(frame)
		w = append(w, Statement{makeRoomForFrame, []any{
			text(string(v.Tenant)), text(v.Identity), canonical(v.Key), int64(v.Tier), nanos(v.Start), v.Events, int64(s.limits.FramesPerSketch),
		}}, Statement{putFrame, []any{
			text(string(v.Tenant)), text(v.Identity), canonical(v.Key), int64(v.Tier), nanos(v.Start), sum[:16],
			v.Users, flag(v.Exact), v.Events, frame, int64(s.limits.FramesPerSketch),
		}})
	}
	return w
}

func (s *Store) traceStatement(v *history.Trace) Statement {
	at := nanos(v.At)
	return Statement{putTrace, []any{
		text(string(v.Tenant)), text(v.ID), at, int64(v.Duration), flag(v.Failed), int64(v.Rank), text(v.Service),
		text(v.Operation), text(v.Region), text(v.Session), text(v.User), at / hour, int64(s.limits.TracesPerOperation),
	}}
}

func (s *Store) spanStatements(w []Statement, v *history.Trace) []Statement {
	tenant, trace := text(string(v.Tenant)), text(v.ID)
	for i := range v.Spans {
		p := &v.Spans[i]
		w = append(w, Statement{putSpan, []any{
			tenant, trace, text(p.ID), text(p.Parent), text(p.Service), text(p.Host), text(p.Name), text(p.Kind),
			nanos(p.Start), int64(p.Duration), flag(p.Failed), text(p.Message), attributes(p.Attributes),
			int64(s.limits.SpansPerTrace),
		}})
	}
	return w
}

func reportStatement(v *history.Report) Statement {
	body := v.Body
	if body == nil {
		body = []byte{}
	}
	return Statement{putReport, []any{
		text(string(v.Tenant)), text(v.ID), nanos(v.At), nanos(v.From), nanos(v.To), text(v.Title), text(v.Language),
		text(v.Format), body[:min(len(body), maxBody)],
	}}
}

func actionStatement(v *history.Action) Statement {
	return Statement{putAction, []any{
		text(string(v.Tenant)), text(v.ID), text(v.Name), cut(v.Arguments, maxArguments), text(v.Digest), text(v.Reason),
		text(v.Proposer), nanos(v.Proposed), nanos(v.Expires), text(string(v.State)), text(v.Decider), nanos(v.Decided),
		cut(v.Result, maxArguments),
	}}
}

func auditStatement(v *history.Audit) Statement {
	return Statement{putAudit, []any{
		text(string(v.Tenant)), text(v.ID), nanos(v.At), text(v.Who), text(v.From), text(v.Whose), text(v.What),
		cut(v.Detail, maxArguments),
	}}
}

// Advance implements history.Store.
func (s *Store) Advance(ctx context.Context, tenant history.Tenant, id string, from history.ActionState, to history.Decision) (bool, error) {
	n, err := s.db.Apply(ctx, []Statement{{advanceAction, []any{
		text(string(tenant)), text(id), text(string(from)), text(string(to.State)), text(to.By), nanos(to.At),
		cut(to.Result, maxArguments),
	}}})
	return n == 1, err
}

func decodeAttributes(s string) map[string]any {
	if s == "" || s == "{}" {
		return nil
	}
	var m map[string]any
	if json.Unmarshal([]byte(s), &m) != nil {
		return nil // nothing that Write stored
	}
	return m
}

func decodeTexts(s string) []string {
	if s == "" || s == "[]" {
		return nil
	}
	var list []string
	if json.Unmarshal([]byte(s), &list) != nil {
		return nil
	}
	return list
}
