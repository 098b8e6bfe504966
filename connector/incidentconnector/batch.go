package incidentconnector

import (
	"cmp"
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/braidotel/braid/internal/anyvalue"
	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/incident"
)

// Kinds of items, as in own telemetry.
const (
	itemSpan = iota
	itemRecord
	itemPoint
	itemAlert
	itemChange
	allItems
)

var itemNames = [allItems]string{"span", "log_record", "data_point", "alert", "change"}

// batch is one call of a node. It lives under the core's lock.
type batch struct {
	core     *core
	now      time.Time
	touched  []*tenant
	alerts   []owned // to be kept over a restart
	changes  []ownedChange
	items    [allItems]int64
	verdicts [eventtime.Untimed + 1]int64
	refused  int64 // resources of tenants beyond the limit
}

// owned is an alert and whose it is.
type owned struct {
	tenant string
	alert  incident.Alert
}

// origin is who sent telemetry.
type origin struct {
	tenant                    *tenant
	service, pod, host, scope string
	region, version           string
	latest                    time.Time // end of its spans
}

// enter reads a resource. The tenant is nil if there are too many.
func (b *batch) enter(r pcommon.Resource) origin {
	var o origin
	var name, instance, node, env string
	for k, v := range r.Attributes().All() {
		switch k {
		case "service.name":
			o.service = text(v)
		case "service.instance.id":
			instance = text(v)
		case "k8s.pod.name":
			o.pod = text(v)
		case "host.name":
			o.host = text(v)
		case "k8s.node.name":
			node = text(v)
		case "k8s.namespace.name":
			o.scope = text(v)
		case "service.namespace":
			env = text(v)
		case "service.version":
			o.version = text(v)
		case "braid.region":
			o.region = text(v)
		}
		if k == b.core.cfg.Tenant {
			name = text(v)
		}
	}
	o.pod, o.host, o.scope = cmp.Or(o.pod, instance), cmp.Or(node, o.host), cmp.Or(o.scope, env)
	o.tenant = b.tenant(name)
	if o.tenant != nil && o.service != "" {
		if scope, ok := o.tenant.scopes.Get(o.service); !ok || scope != o.scope {
			o.tenant.scopes.Add(o.service, o.scope)
		}
		if service, ok := o.tenant.pods.Get(o.pod); o.pod != "" && (!ok || service != o.service) {
			o.tenant.pods.Add(o.pod, o.service)
		}
	}
	return o
}

func (b *batch) tenant(name string) *tenant {
	c := b.core
	t, ok := c.tenants[name]
	if !ok {
		if len(c.tenants) >= c.cfg.Limits.Tenants {
			b.refused++
			return nil
		}
		t = c.newTenant(name)
		c.tenants[name] = t
	}
	if !t.touched {
		t.touched = true
		b.touched = append(b.touched, t)
	}
	return t
}

// at reads a time and moves the tenant's clock on.
func (b *batch) at(t *tenant, stamp pcommon.Timestamp) time.Time {
	at, verdict := t.clock.Observe(eventtime.Instant(stamp), b.now)
	b.verdicts[verdict]++
	return at.Time()
}

// report adds a batch to own telemetry.
func (b *batch) report(ctx context.Context) {
	tel := b.core.tel
	for i, n := range b.items {
		if n > 0 {
			tel.ConnectorIncidentItems.Add(ctx, n, metric.WithAttributes(attribute.String("item", itemNames[i])))
		}
	}
	for verdict, name := range map[eventtime.Verdict]string{eventtime.Clamped: "clamped", eventtime.Untimed: "untimed"} {
		if n := b.verdicts[verdict]; n > 0 {
			tel.ConnectorIncidentTimeCorrected.Add(ctx, n, metric.WithAttributes(attribute.String("reason", name)))
		}
	}
	evicted := func(table string, n int64) {
		if n > 0 {
			tel.ConnectorIncidentEvicted.Add(ctx, n, metric.WithAttributes(attribute.String("table", table)))
		}
	}
	evicted("tenants", b.refused)
	for _, t := range b.touched {
		stats := t.engine.Stats()
		was := t.counted
		t.counted = counted{int64(stats.Evicted + stats.Cut), t.grouper.Overflows(), t.ledger.Dropped(), t.watch.Evicted()}
		evicted("series", t.counted.series-was.series)
		evicted("alerts", t.counted.alerts-was.alerts)
		evicted("incidents", t.counted.incidents-was.incidents)
		evicted("watched", t.counted.watched-was.watched)
	}
}

// maxText is the longest attribute that is read.
const maxText = 512

// text reads a value as text, cut to a bound.
func text(v pcommon.Value) string {
	s := ""
	if v.Type() == pcommon.ValueTypeStr {
		s = v.Str()
	} else {
		s = anyvalue.Text(v)
	}
	return cut(s)
}

func cut(s string) string { return shorten(s, maxText) }

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
