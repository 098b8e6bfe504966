package relational

import (
	"context"

	"github.com/braidotel/braid/internal/history"
)

// Reports implements history.Store.
func (s *Store) Reports(ctx context.Context, tenant history.Tenant, win history.Window, limit int) (history.Page[history.Report], error) {
	w := of(tenant)
	w.from("at", win.From)
	w.to("at", win.To)
	query := `SELECT tenant, id, at, since, until, title, language, format FROM reports` + w.String() + " ORDER BY at DESC, id"
	return list(ctx, s, w, query, limit, func(scan scanner) (history.Report, error) { return readReport(scan) })
}

// Report implements history.Store.
func (s *Store) Report(ctx context.Context, tenant history.Tenant, id string) (history.Report, bool, error) {
	w := of(tenant)
	w.add("id = ?", text(id))
	query := `SELECT tenant, id, at, since, until, title, language, format, body FROM reports` + w.String()
	return first(list(ctx, s, w, query, 1, func(scan scanner) (history.Report, error) {
		var body []byte
		v, err := readReport(scan, &body)
		v.Body = body
		return v, err
	}))
}

func readReport(scan scanner, further ...any) (v history.Report, err error) {
	var tenant string
	var at, from, to int64
	err = scan(append([]any{&tenant, &v.ID, &at, &from, &to, &v.Title, &v.Language, &v.Format}, further...)...)
	v.Tenant, v.At, v.From, v.To = history.Tenant(tenant), moment(at), moment(from), moment(to)
	return v, err
}

// Actions implements history.Store.
func (s *Store) Actions(ctx context.Context, tenant history.Tenant, win history.Window, limit int) (history.Page[history.Action], error) {
	w := of(tenant)
	w.from("proposed", win.From)
	w.to("proposed", win.To)
	query := `SELECT tenant, id, name, arguments, digest, reason, proposer, proposed, expires, state, decider, decided, result
 FROM actions` + w.String() + " ORDER BY proposed DESC, id"
	return list(ctx, s, w, query, limit, readAction)
}

func readAction(scan scanner) (v history.Action, err error) {
	var tenant, state string
	var proposed, expires, decided int64
	err = scan(&tenant, &v.ID, &v.Name, &v.Arguments, &v.Digest, &v.Reason, &v.Proposer, &proposed, &expires, &state,
		&v.Decider, &decided, &v.Result)
	v.Tenant, v.State = history.Tenant(tenant), history.ActionState(state)
	v.Proposed, v.Expires, v.Decided = moment(proposed), moment(expires), moment(decided)
	return v, err
}

// Audits implements history.Store.
func (s *Store) Audits(ctx context.Context, tenant history.Tenant, win history.Window, limit int) (history.Page[history.Audit], error) {
	w := of(tenant)
	w.from("at", win.From)
	w.to("at", win.To)
	query := `SELECT tenant, id, at, who, origin, whose, what, detail FROM audits` + w.String() + " ORDER BY at DESC, id"
	return list(ctx, s, w, query, limit, func(scan scanner) (v history.Audit, err error) {
		var tenant string
		var at int64
		err = scan(&tenant, &v.ID, &at, &v.Who, &v.From, &v.Whose, &v.What, &v.Detail)
		v.Tenant, v.At = history.Tenant(tenant), moment(at)
		return v, err
	})
}
