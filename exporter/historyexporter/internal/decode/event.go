package decode

import (
	"encoding/hex"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/anyvalue"
	"github.com/braidotel/braid/internal/history"
)

// asFields are the attributes that an Event has fields for.
var asFields = map[string]bool{
	"service.name": true, "host.name": true, "braid.region": true, "session.id": true, "user.id": true, "client.address": true,
	"braid.tenant": true, "event.name": true, "braid.start_time_unix_nano": true, "braid.end_time_unix_nano": true,
}

// ids are the attributes that name an event, so that its later revisions replace the earlier ones.
var ids = map[string][]string{
	string(history.KindIncident):   {"braid.incident.id"},
	string(history.KindAnomaly):    {"braid.anomaly.id", "braid.episode.id"},
	string(history.KindBreach):     {"braid.forecast.id"},
	string(history.KindBusiness):   {"braid.business.id"},
	string(history.KindDeployment): {"deployment.id", "cicd.pipeline.run.id"},
}

// decodeEvent reads an event that has no form of its own.
func decodeEvent(b *history.Batch, name string, resource pcommon.Map, r plog.LogRecord) bool {
	attrs, at := r.Attributes(), Time(r)
	if at.Unix() <= 0 {
		return false
	}
	e := history.Event{
		Tenant: history.Tenant(either(r, resource, "braid.tenant")), Kind: history.Kind(name), ID: Text(attrs, append(ids[name], "event.id")...),
		At: at, Until: moment(attrs, "braid.end_time_unix_nano"), Revised: at,
		Severity: int(max(0, min(r.SeverityNumber(), plog.SeverityNumberFatal4))),
		Service:  either(r, resource, "service.name"), Host: either(r, resource, "host.name", "k8s.pod.name"),
		Region: either(r, resource, "braid.region"), Session: Text(attrs, "session.id"), User: Text(attrs, "user.id"),
		Client: Text(attrs, "client.address"), Trace: traceOf(r), Attributes: plain(attrs, asFields),
	}
	if began := moment(attrs, "braid.start_time_unix_nano"); !began.IsZero() {
		e.At = began
	}
	if r.Body().Type() == pcommon.ValueTypeStr {
		e.Title = cut(r.Body().Str())
	}
	if e.ID == "" {
		e.ID = contentID(&e, r)
	}
	b.Events = append(b.Events, e)
	return true
}

// contentID names an event by all that was said: the same record again is the same event.
func contentID(e *history.Event, r plog.LogRecord) string {
	parts := []string{string(e.Kind), strconv.FormatInt(e.At.UnixNano(), 10), e.Service, e.Host, e.Region, e.Session, e.User, e.Client, e.Title}
	return Digest(append(parts, attributesText(r.Attributes()))...)
}

// attributesText is the same for the same attributes in any order.
func attributesText(attrs pcommon.Map) string {
	v := pcommon.NewValueMap()
	attrs.CopyTo(v.Map())
	return anyvalue.Text(v) // JSON with sorted names
}

func traceOf(r plog.LogRecord) string {
	id := r.TraceID()
	if id.IsEmpty() {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// decodeFlag reads the evaluation of a feature flag. Evaluations are as many as requests: the first of each variant in an
// hour is kept, which shows when a flag was turned.
func decodeFlag(b *history.Batch, _ string, resource pcommon.Map, r plog.LogRecord) bool {
	attrs, at := r.Attributes(), Time(r)
	key, variant := Text(attrs, "feature_flag.key"), Text(attrs, "feature_flag.result.variant", "feature_flag.variant")
	if key == "" || at.Unix() <= 0 {
		return false
	}
	service := either(r, resource, "service.name")
	hour := at.Truncate(time.Hour)
	b.Events = append(b.Events, history.Event{
		Tenant: history.Tenant(either(r, resource, "braid.tenant")), Kind: history.KindFeatureFlag,
		ID: Digest("flag", service, key, variant, strconv.FormatInt(hour.Unix(), 10)), At: at, Revised: hour,
		Severity: 9, Title: key + " " + variant, Service: service,
		Attributes: map[string]any{"feature_flag.key": key, "feature_flag.result.variant": variant},
	})
	return true
}
