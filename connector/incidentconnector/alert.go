package incidentconnector

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/rca"
)

// first is the first of several attributes that a record has, as text.
func first(r plog.LogRecord, names ...string) string {
	for _, name := range names {
		if v, ok := r.Attributes().Get(name); ok {
			if s := text(v); s != "" {
				return s
			}
		}
	}
	return ""
}

// takeAlert reads an alert, under the names of semantic conventions or those of Alertmanager's labels.
func (b *batch) takeAlert(o *origin, r plog.LogRecord, at time.Time) {
	if status := first(r, "alert.status", "status"); status == "resolved" || status == "inactive" {
		return // only what fires is a sign of trouble
	}
	a := incident.Alert{
		Time: at, Tenant: o.tenant.name,
		Scope:     cmp.Or(o.scope, first(r, "k8s.namespace.name", "namespace")),
		Service:   cmp.Or(first(r, "service.name", "service"), o.service, first(r, "job")),
		Instance:  cmp.Or(first(r, "service.instance.id", "k8s.pod.name", "instance", "pod"), o.pod),
		Host:      cmp.Or(first(r, "host.name", "k8s.node.name", "node"), o.host),
		Source:    first(r, "alert.source"),
		Name:      first(r, "alert.name", "alertname"),
		Direction: first(r, "alert.direction"),
		Operation: first(r, "operation", "http.route"),
		Client:    first(r, "client.instance", "client.service"),
		Severity:  int32(r.SeverityNumber()),
		Trace:     r.TraceID(),
	}
	if s, ok := severities[strings.ToLower(first(r, "severity", "alert.severity"))]; ok {
		a.Severity = max(a.Severity, s)
	}
	a.ID = first(r, "alert.id")
	if id := first(r, "fingerprint"); a.ID == "" && id != "" {
		a.ID = id + "@" + first(r, "startsAt", "starts_at")
	}
	if a.ID == "" {
		a.ID = contentID(&a)
	}
	b.alert(o.tenant, a)
}

var severities = map[string]int32{
	"critical": incident.SeverityError, "error": incident.SeverityError, "page": incident.SeverityError,
	"fatal": incident.SeverityFatal, "warning": incident.SeverityWarn, "info": incident.SeverityInfo,
}

// contentID names an alert by what it says: sent again it is the same.
func contentID(a *incident.Alert) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		a.Time.Format(time.RFC3339Nano), a.Scope, a.Service, a.Instance, a.Host, a.Source, a.Name, a.Direction, a.Operation, a.Client,
	}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// alert takes an alert in, once.
func (b *batch) alert(t *tenant, a incident.Alert) {
	b.items[itemAlert]++
	if _, seen := t.seen.Get(a.ID); seen {
		return
	}
	t.seen.Add(a.ID, struct{}{})
	t.firing[a.ID] = a
	t.grouper.Add(a)
	b.alerts = append(b.alerts, owned{t.name, a})
}

// change takes a deployment or a switched flag in. Flags are evaluated all the time: only a variant that is new counts.
func (b *batch) change(o *origin, r plog.LogRecord, name string, at time.Time) {
	c := rca.Change{Time: at, Service: cmp.Or(o.service, first(r, "service.name")), Pod: o.pod, Host: o.host}
	if name == "deployment" {
		c.Kind = rca.ChangeDeploy
		c.ID = first(r, "vcs.ref.head.revision", "deployment.id", "service.version")
		c.Summary = strings.TrimSpace(first(r, "service.version") + " " + first(r, "vcs.change.title"))
	} else {
		c.Kind = rca.ChangeFlag
		c.ID = first(r, "feature_flag.key")
		c.Summary = c.ID + " " + first(r, "feature_flag.result.variant", "feature_flag.variant")
	}
	key := string(c.Kind) + "\x00" + c.Service + "\x00" + c.ID + "\x00" + c.Summary
	if _, seen := o.tenant.changes.Get(key); c.ID == "" || seen {
		return
	}
	o.tenant.changes.Add(key, struct{}{})
	b.items[itemChange]++
	o.tenant.engine.ObserveChange(c)
}

// abnormal are the reasons of Kubernetes events that are themselves a sign of trouble.
var abnormal = map[string]bool{
	"OOMKilling": true, "OOMKilled": true, "Evicted": true, "BackOff": true, "CrashLoopBackOff": true, "Failed": true,
	"Unhealthy": true, "FailedScheduling": true, "NodeNotReady": true, "FailedMount": true,
}

// kubernetes takes an event of Kubernetes in.
func (b *batch) kubernetes(o *origin, r plog.LogRecord, reason string, at time.Time) {
	b.items[itemChange]++
	o.tenant.engine.ObserveChange(rca.Change{
		Time: at, Kind: rca.ChangeEvent, ID: reason, Service: o.service, Pod: cmp.Or(o.pod, first(r, "k8s.object.name")), Host: o.host,
		Summary: cut(r.Body().AsString()), Abnormal: abnormal[reason],
	})
}
