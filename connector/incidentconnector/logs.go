package incidentconnector

import (
	"context"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/anyvalue"
	"github.com/braidotel/braid/internal/rca"
)

// logs is the core's node behind a logs pipeline.
type logs struct{ *node }

// ownScopes is what the scope names of Braid's components begin with. What they say of users is no sign of trouble, and
// must not come round again.
const ownScopes = "github.com/braidotel/braid/"

// ConsumeLogs takes records in: alerts, changes, and what services log.
func (n logs) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	if err := n.Ready(); err != nil {
		return err
	}
	return n.Core.observe(ctx, func(b *batch) {
		for _, rl := range ld.ResourceLogs().All() {
			o := b.enter(rl.Resource())
			if o.tenant == nil {
				continue
			}
			for _, sl := range rl.ScopeLogs().All() {
				if strings.HasPrefix(sl.Scope().Name(), ownScopes) {
					b.own(&o, sl.LogRecords())
					continue
				}
				for _, r := range sl.LogRecords().All() {
					b.record(&o, r)
				}
			}
		}
	})
}

// record takes one record in.
func (b *batch) record(o *origin, r plog.LogRecord) {
	b.items[itemRecord]++
	stamp := r.Timestamp()
	if stamp == 0 {
		stamp = r.ObservedTimestamp()
	}
	at := b.at(o.tenant, stamp)
	switch name := eventName(r); name {
	case "alert", "alertmanager.alert":
		b.takeAlert(o, r, at)
	case "deployment":
		b.deployment(o, r, at)
	case "feature_flag.change", "feature_flag", "feature_flag.evaluation":
		b.flag(o, r, name, at)
	case "vcs.commit":
		b.commit(o, r, at)
	default:
		if reason, ok := r.Attributes().Get("k8s.event.reason"); ok {
			b.kubernetes(o, r, text(reason), at)
			return
		}
		if w, ok := webhookOf(r.Body()); ok {
			b.webhook(o, &w, at)
			return
		}
		body := ""
		if r.Body().Type() == pcommon.ValueTypeStr {
			body = r.Body().Str()
		} else {
			body = anyvalue.Text(r.Body())
		}
		body = cut(body)
		b.tellRecord(o, r, body, at)
		b.carriedRecord(o.tenant, r.Attributes())
		o.tenant.engine.ObserveLog(rca.LogRecord{
			Time: at, Service: o.service, Pod: o.pod, Host: o.host, Severity: int32(r.SeverityNumber()), Body: body,
			Trace: r.TraceID(), Span: r.SpanID(),
		})
	}
}

func eventName(r plog.LogRecord) string {
	if name := r.EventName(); name != "" {
		return name
	}
	if v, ok := r.Attributes().Get("event.name"); ok {
		return text(v)
	}
	return ""
}
