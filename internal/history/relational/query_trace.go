package relational

import (
	"context"
	"time"

	"github.com/braidotel/braid/internal/history"
)

const selectTraces = `SELECT tenant, id, at, duration, failed, rank, service, operation, region, session, user_id FROM traces`

// Traces implements history.Store.
func (s *Store) Traces(ctx context.Context, q history.TraceQuery) (history.Page[history.Trace], error) {
	w := of(q.Tenant)
	w.equal("service", q.Service)
	w.equal("operation", q.Operation)
	w.equal("region", q.Region)
	w.equal("session", q.Session)
	w.equal("user_id", q.User)
	if q.FailedOnly {
		w.add("failed = 1")
	}
	if q.MinDuration > 0 {
		w.add("duration >= ?", int64(q.MinDuration))
	}
	w.from("at", q.Window.From)
	w.to("at", q.Window.To)
	order := " ORDER BY at DESC, id"
	if q.Order == history.BySlowness {
		order = " ORDER BY duration DESC, id"
	}
	return list(ctx, s, w, selectTraces+w.String()+order, q.Limit, readTrace)
}

// Trace implements history.Store.
func (s *Store) Trace(ctx context.Context, tenant history.Tenant, id string) (history.Trace, bool, error) {
	w := of(tenant)
	w.add("id = ?", text(id))
	t, ok, err := first(list(ctx, s, w, selectTraces+w.String(), 1, readTrace))
	if !ok {
		return t, ok, err
	}
	w = of(tenant)
	w.add("trace = ?", text(id))
	query := `SELECT id, parent, service, host, name, kind, at, duration, failed, message, attributes FROM spans` +
		w.String() + " ORDER BY at, id"
	spans, err := list(ctx, s, w, query, s.limits.SpansPerTrace, readSpan)
	t.Spans = spans.Items
	return t, err == nil, err
}

func readTrace(scan scanner) (v history.Trace, err error) {
	var tenant string
	var at, duration, failed, rank int64
	err = scan(&tenant, &v.ID, &at, &duration, &failed, &rank, &v.Service, &v.Operation, &v.Region, &v.Session, &v.User)
	v.Tenant, v.At, v.Duration, v.Failed = history.Tenant(tenant), moment(at), time.Duration(duration), failed != 0
	v.Rank = history.Rank(rank)
	return v, err
}

func readSpan(scan scanner) (v history.Span, err error) {
	var at, duration, failed int64
	var attrs string
	err = scan(&v.ID, &v.Parent, &v.Service, &v.Host, &v.Name, &v.Kind, &at, &duration, &failed, &v.Message, &attrs)
	v.Start, v.Duration, v.Failed, v.Attributes = moment(at), time.Duration(duration), failed != 0, decodeAttributes(attrs)
	return v, err
}
