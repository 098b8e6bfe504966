package incidentconnector

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/anyvalue"
	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/change/symptom"
	"github.com/braidotel/braid/internal/incident"
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
	o.tenant.feed.Alert(symptom.Alert{Time: at, Service: a.Service, Name: a.Name, Text: cut(anyvalue.Text(r.Body()))})
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

// learn takes a change in, once.
func (b *batch) learn(t *tenant, x changed) {
	b.items[itemChange]++
	if !x.heldBy(t.changes) {
		x.tell(t.changes)
		b.changes = append(b.changes, ownedChange{t.name, x})
	}
}

// deployment takes a deployment in.
func (b *batch) deployment(o *origin, r plog.LogRecord, at time.Time) {
	d := change.Deployment{
		Time: at, Service: cmp.Or(o.service, first(r, "service.name")), Version: first(r, "service.version"),
		Revision: first(r, "vcs.ref.head.revision", "deployment.id"),
	}
	if d.Service != "" && (d.Version != "" || d.Revision != "") {
		o.tenant.varies(d.Service, "", d.Version, at) // what shows it from now on is no news
		b.learn(o.tenant, changed{Deployment: &d})
	}
}

// version takes in what version of a service tells something: one that was not seen lately was deployed.
func (b *batch) version(o *origin) {
	known := o.service != "" && o.version != "" && !o.latest.IsZero()
	if known && o.tenant.varies(o.service, "", o.version, o.latest) {
		b.learn(o.tenant, changed{Deployment: &change.Deployment{Time: o.latest, Service: o.service, Version: o.version}})
	}
}

// unseen is how long a version, or a variant of a flag, must not have been seen so that seeing it means a change.
const unseen = 10 * time.Minute

// flag takes a feature flag in: one that was switched, or was evaluated to a variant that was not seen lately.
func (b *batch) flag(o *origin, r plog.LogRecord, name string, at time.Time) {
	f := change.Flag{
		Time: at, Service: cmp.Or(o.service, first(r, "service.name")), Key: first(r, "feature_flag.key"),
		Change: first(r, "feature_flag.change", "feature_flag.result.variant", "feature_flag.variant", "feature_flag.result.value"),
	}
	if f.Key != "" && (name == "feature_flag.change" || o.tenant.varies(f.Service, f.Key, f.Change, at)) {
		b.learn(o.tenant, changed{Flag: &f})
	}
}

// varies says whether a service's flag, or its version where the flag has no name, is another than it was.
func (t *tenant) varies(service, flag, variant string, at time.Time) bool {
	key := service + "\x00" + flag
	since, known := t.variants.Get(key)
	if !known {
		since = at
		t.variants.Add(key, at)
	}
	last, seen := t.variants.Get(key + "\x00" + variant)
	if !seen || at.After(last) {
		t.variants.Add(key+"\x00"+variant, at)
	}
	return at.Sub(since) >= unseen && (!seen || at.Sub(last) >= unseen)
}

// abnormal are the reasons of Kubernetes events that are themselves a sign of trouble.
var abnormal = map[string]bool{
	"OOMKilling": true, "OOMKilled": true, "Evicted": true, "BackOff": true, "CrashLoopBackOff": true, "Failed": true,
	"Unhealthy": true, "FailedScheduling": true, "NodeNotReady": true, "FailedMount": true,
}

// kubernetes takes an event of Kubernetes in: what a service's pods go through is a report of the service.
func (b *batch) kubernetes(o *origin, r plog.LogRecord, reason string, at time.Time) {
	b.items[itemChange]++
	severity := int32(plog.SeverityNumberInfo)
	if abnormal[reason] {
		severity = int32(plog.SeverityNumberError)
	}
	t, service := o.tenant, o.service
	if service == "" {
		service, _ = t.pods.Get(cmp.Or(o.pod, first(r, "k8s.pod.name", "k8s.object.name")))
	}
	if service != "" && t.feed.WantsRecord(service, severity, at) {
		t.feed.Record(symptom.Record{
			Time: at, Service: service, Severity: severity, Body: cut(reason + ": " + anyvalue.Text(r.Body())), Facts: factsOf(r.Attributes()),
		})
	}
}
