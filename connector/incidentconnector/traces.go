package incidentconnector

import (
	"cmp"
	"context"
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/rca"
)

// traces is the core's node behind a traces pipeline.
type traces struct{ *node }

// ConsumeTraces takes spans in.
func (n traces) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	if err := n.Ready(); err != nil {
		return err
	}
	return n.Core.observe(ctx, func(b *batch) {
		for _, rs := range td.ResourceSpans().All() {
			o := b.enter(rs.Resource())
			if o.tenant == nil {
				continue
			}
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					b.span(&o, s)
				}
			}
			b.version(&o)
		}
	})
}

// span takes one span in.
func (b *batch) span(o *origin, s ptrace.Span) {
	b.items[itemSpan]++
	end := b.at(o.tenant, s.EndTimestamp())
	took := time.Duration(0)
	if s.EndTimestamp() > s.StartTimestamp() {
		took = time.Duration(s.EndTimestamp() - s.StartTimestamp())
	}
	span := rca.Span{
		Trace: s.TraceID(), ID: s.SpanID(), Parent: s.ParentSpanID(), Kind: rca.SpanKind(s.Kind()),
		Service: o.service, Pod: o.pod, Host: o.host, Operation: s.Name(), Start: end.Add(-took), End: end,
		Error: s.Status().Code() == ptrace.StatusCodeError,
	}
	facts := readSpan(s.Attributes())
	span.Statement, span.Peer = facts.statement(), facts.peer
	serves := s.Kind() == ptrace.SpanKindServer || s.Kind() == ptrace.SpanKindConsumer
	if serves && facts.status >= 500 {
		span.Error = true
	}
	o.tenant.engine.ObserveSpan(span)
	if end.After(o.latest) {
		o.latest = end
	}
	b.tellSpan(o, s, span.Start, end, span.Error)
	if facts.session != "" || facts.user != "" {
		b.carried(o.tenant, s.Attributes(), facts.session, facts.user)
	}
	if serves && (facts.session != "" || facts.user != "") {
		b.request(o, s, end, span.Error, &facts)
	}
}

// request takes in what a user asked for. A failure passes through several servers.
func (b *batch) request(o *origin, s ptrace.Span, at time.Time, failed bool, f *facts) {
	r := incident.Request{Time: at, User: f.user, Session: f.session, Region: cmp.Or(f.region, o.region), Failed: failed}
	if kind := b.core.cfg.businessOf(s.Attributes()); kind != nil {
		r.Business = kind.Name
		if v, ok := s.Attributes().Get(kind.Value); ok {
			r.Value = number(v)
		}
		if v, ok := s.Attributes().Get(kind.Currency); ok {
			r.Currency = text(v)
		}
		r.Cart = b.core.cfg.cart(s.Attributes())
	}
	if failed {
		_, r.Known = o.tenant.failing.Get(s.TraceID())
		o.tenant.failing.Add(s.TraceID(), struct{}{})
	}
	if failed || r.Business != "" {
		o.tenant.tracker.Observe(r)
	}
}

// businessOf is the kind of transaction a span is; nil if none.
func (c *Config) businessOf(attrs pcommon.Map) *BusinessConfig {
next:
	for i := range c.Business {
		for name, want := range c.Business[i].Match {
			if v, ok := attrs.Get(name); !ok || text(v) != want {
				continue next
			}
		}
		return &c.Business[i]
	}
	return nil
}

// facts are the attributes of a span that matter.
type facts struct {
	session, user, region    string
	summary, operation, rest string // of a database call
	peer                     string
	status                   int64
}

func readSpan(attrs pcommon.Map) facts {
	var f facts
	var address string
	for k, v := range attrs.All() {
		switch k {
		case "session.id":
			f.session = text(v)
		case "user.id":
			f.user = text(v)
		case "braid.region":
			f.region = text(v)
		case "db.query.summary":
			f.summary = text(v)
		case "db.operation.name", "db.operation":
			f.operation = text(v)
		case "db.collection.name", "db.sql.table":
			f.rest = text(v)
		case "peer.service":
			f.peer = text(v)
		case "server.address", "net.peer.name":
			address = text(v)
		case "http.response.status_code", "http.status_code":
			f.status = v.Int()
		}
	}
	f.peer = cmp.Or(f.peer, address)
	return f
}

func (f *facts) statement() string {
	switch {
	case f.summary != "":
		return f.summary
	case f.operation != "" && f.rest != "":
		return f.operation + " " + f.rest
	}
	return f.operation
}

// number reads a value as a number; 0 if it is none.
func number(v pcommon.Value) float64 {
	if v.Type() == pcommon.ValueTypeInt {
		return float64(v.Int())
	}
	if f := v.Double(); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f
	}
	return 0 // it would be the mean of everything from then on
}
