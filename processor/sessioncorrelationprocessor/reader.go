package sessioncorrelationprocessor

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/identity"
	"github.com/braidotel/braid/internal/session"
)

// Attributes read or written.
const (
	attrSession  = "session.id"
	attrPrevious = "session.previous_id"
	attrUser     = "user.id"
	attrClient   = "client.address"
	attrSource   = "braid.session.source"
	attrTenant   = "braid.tenant"
	attrRegion   = "braid.region"
)

// olderNames are the semantic conventions' earlier names of what is matched.
var olderNames = map[string]string{
	"http.method": "http.request.method", "http.target": "url.path", "http.status_code": "http.response.status_code",
}

// secrets are dropped after reading, in HTTP's headers and in RPC's metadata; slots know their older names.
var secrets = []string{
	"http.request.header.cookie", "http.response.header.set-cookie", "http.request.header.set-cookie",
	"http.request.header.authorization", "http.request.header.proxy-authorization",
	"http.request.header.x-auth-token", "http.request.header.x-api-key",
	"rpc.request.metadata.cookie", "rpc.request.metadata.authorization",
	"rpc.grpc.request.metadata.cookie", "rpc.grpc.request.metadata.authorization",
	"rpc.connect_rpc.request.metadata.cookie", "rpc.connect_rpc.request.metadata.authorization",
}

// addresses are captured headers in which proxies tell visitors' addresses, dropped after reading where those are
// pseudonymized: a chain of proxies is no value to be recognized by.
var addresses = []string{
	"http.request.header.x-forwarded-for", "http.request.header.forwarded", "http.request.header.x-real-ip",
	"http.request.header.true-client-ip", "http.request.header.cf-connecting-ip", "http.request.header.x-client-ip",
	"http.request.header.x-cluster-client-ip",
}

const maxBusiness = 64

// reader turns spans and log records into session.Items. It is not safe for concurrent use: each batch takes one from
// the core's pool.
type reader struct {
	plan   *plan
	fields *identity.Fields
	traits trait // of the item at hand
	// evidence is where the batch's items keep theirs; when it grows, older items go on pointing into what it was.
	evidence []identity.Evidence
}

// sale is a business event that an item stands for.
type sale struct {
	item     int
	rule     int
	value    float64
	currency string
	failed   bool
}

// resource is what the items of one resource share.
type resource struct {
	attributes pcommon.Map
	tenant     string
	place      session.PlaceKey
	fields     []sharedField
}

type sharedField struct {
	slot  int
	value identity.Value
}

func (r *reader) resource(attributes pcommon.Map) resource {
	res := resource{attributes: attributes}
	for key, value := range attributes.All() {
		switch key {
		case r.plan.tenant:
			res.tenant = r.plan.name(value)
		case "service.name":
			res.place.Service = r.plan.name(value)
		case "k8s.pod.name":
			res.place.Pod = r.plan.name(value)
		case "host.name":
			res.place.Host = r.plan.name(value)
		case attrRegion:
			res.place.Region = r.plan.name(value)
		case "cloud.region":
			if res.place.Region == "" {
				res.place.Region = r.plan.name(value)
			}
		}
		if slot, ok := r.plan.extractor.Lookup(key); ok {
			res.fields = append(res.fields, sharedField{slot: slot, value: toValue(value)})
		}
	}
	return res
}

// begin prepares the fields of one item, and drops what is secret.
func (r *reader) begin(res *resource, attributes pcommon.Map) {
	r.fields.Reset()
	r.traits = 0
	for _, shared := range res.fields {
		r.fields.Set(shared.slot, shared.value)
	}
	for key, value := range attributes.All() {
		slot, ok := r.plan.extractor.Lookup(key)
		if !ok {
			continue
		}
		traits := r.plan.traits[slot]
		r.traits |= traits
		if traits&hasRenamed == 0 || !r.older(slot, key, value) {
			r.fields.Set(slot, toValue(value))
		}
	}
	if r.traits&isSecret != 0 {
		r.dropSecrets(attributes)
	}
}

// dropSecrets removes cookies and credentials; what has been read of them stays readable.
func (r *reader) dropSecrets(attributes pcommon.Map) {
	attributes.RemoveIf(func(key string, _ pcommon.Value) bool {
		slot, ok := r.plan.extractor.Lookup(key)
		return ok && r.plan.traits[slot]&isSecret != 0
	})
}

// older reads an attribute under an older name, unless the newer one is there, and reports whether it was one.
func (r *reader) older(slot int, key string, value pcommon.Value) bool {
	if key == r.plan.renamed[slot] {
		return false
	}
	if r.fields.Get(slot).First() == "" {
		value := toValue(value)
		if key == "http.target" {
			value.One, _, _ = strings.Cut(value.One, "?")
		}
		r.fields.Set(slot, value)
	}
	return true
}

// from makes the metadata of the export request readable.
func (r *reader) from(ctx context.Context) {
	info := client.FromContext(ctx)
	r.fields.Metadata = func(key string) string {
		if values := info.Metadata.Get(key); len(values) > 0 {
			return values[0]
		}
		return ""
	}
}

// span fills an item from a span.
func (r *reader) span(res *resource, span ptrace.Span, it *session.Item) {
	r.begin(res, span.Attributes())
	it.Trace, it.Span, it.Parent = session.TraceID(span.TraceID()), session.SpanID(span.SpanID()), session.SpanID(span.ParentSpanID())
	it.Kind = kindOf(span.Kind())
	it.Start, it.End = instant(span.StartTimestamp()), instant(span.EndTimestamp())
	r.finish(it, span.Name())
	if span.Status().Code() == ptrace.StatusCodeError {
		it.Act |= session.ActError
	}
}

// record fills an item from a log record.
func (r *reader) record(res *resource, record plog.LogRecord, it *session.Item) {
	r.begin(res, record.Attributes())
	if record.Body().Type() == pcommon.ValueTypeStr {
		r.fields.Body = record.Body().Str()
	}
	it.Trace, it.Span = session.TraceID(record.TraceID()), session.SpanID(record.SpanID())
	it.Kind = session.KindLog
	it.End = instant(record.Timestamp())
	if it.End == 0 {
		it.End = instant(record.ObservedTimestamp())
	}
	it.Start = it.End
	r.finish(it, record.EventName())
	if it.Trace == (session.TraceID{}) && r.plan.access.match(it.Kind, "", r.fields) {
		it.Act |= session.ActRequest
	}
}

// extract returns the evidence of the item at hand, nil if it carries none.
func (r *reader) extract(server bool) *identity.Evidence {
	r.evidence = extend(r.evidence)
	e := &r.evidence[len(r.evidence)-1]
	r.plan.extractor.Extract(r.fields, server, e)
	if e.Empty() {
		r.evidence = r.evidence[:len(r.evidence)-1]
		return nil
	}
	return e
}

// finish reads what spans and log records have in common.
func (r *reader) finish(it *session.Item, name string) {
	if !r.fields.Filled() && r.fields.Body == "" && !r.plan.bare {
		return
	}
	it.Evidence = r.extract(it.Kind == session.KindServer || it.Kind == session.KindLog)
	if r.plan.attempts.match(it.Kind, name, r.fields) {
		it.Act |= session.ActLogin
		if r.plan.refused.match(it.Kind, name, r.fields) {
			it.Act |= session.ActRefused
		}
	}
	if r.plan.logouts.match(it.Kind, name, r.fields) {
		it.Act |= session.ActLogout
	}
	if status := r.fields.Get(r.plan.status).One; len(status) == 3 && status[0] == '5' {
		it.Act |= session.ActError
	}
	if r.plan.pages.match(it.Kind, name, r.fields) {
		for _, slot := range r.plan.names {
			if it.Page = r.plan.fit(r.fields.Get(slot).First()); it.Page != "" {
				break
			}
		}
	}
}

// sales appends the business events that the item at hand stands for.
func (r *reader) sales(into []sale, index int, it *session.Item, name string) []sale {
	for i := range r.plan.business {
		b := &r.plan.business[i]
		if !b.match.match(it.Kind, name, r.fields) {
			continue
		}
		s := sale{item: index, rule: i, failed: it.Act&session.ActError != 0}
		if b.value >= 0 {
			s.value, _ = strconv.ParseFloat(r.fields.Get(b.value).First(), 64)
			if math.IsNaN(s.value) || math.IsInf(s.value, 0) {
				s.value = 0
			}
		}
		if b.currency >= 0 {
			s.currency = r.plan.fit(r.fields.Get(b.currency).First())
		}
		into = append(into, s)
	}
	return into
}

func kindOf(kind ptrace.SpanKind) session.Kind {
	switch kind {
	case ptrace.SpanKindServer:
		return session.KindServer
	case ptrace.SpanKindClient:
		return session.KindClient
	case ptrace.SpanKindUnspecified, ptrace.SpanKindInternal, ptrace.SpanKindProducer, ptrace.SpanKindConsumer:
	}
	return session.KindInternal
}

// lastInstant is far enough from the end of eventtime's range that no timeout added to it overflows.
var lastInstant = eventtime.Of(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))

// instant converts a timestamp; one beyond lastInstant becomes that.
func instant(ts pcommon.Timestamp) eventtime.Instant {
	return eventtime.Instant(min(uint64(ts), uint64(lastInstant)))
}

// name reads what names a tenant or a place.
func (p *plan) name(v pcommon.Value) string { return p.fit(toValue(v).First()) }

// fit makes text fit to be kept and to become an attribute of what is derived: valid UTF-8, not longer than identities.
func (p *plan) fit(text string) string {
	if len(text) > p.valueBytes {
		text = text[:p.valueBytes]
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "")
	}
	return text
}

// toValue converts what identities and matchers read: text, lists of text, numbers as text.
func toValue(v pcommon.Value) identity.Value {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return identity.Value{One: v.Str()}
	case pcommon.ValueTypeSlice:
		return listed(v.Slice())
	case pcommon.ValueTypeInt:
		return identity.Value{One: formatInt(v.Int())}
	case pcommon.ValueTypeDouble:
		return identity.Value{One: strconv.FormatFloat(v.Double(), 'g', -1, 64)}
	case pcommon.ValueTypeBool:
		return identity.Value{One: strconv.FormatBool(v.Bool())}
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeMap, pcommon.ValueTypeBytes:
	}
	return identity.Value{}
}

// statusCodes are the texts of HTTP status codes, so that reading one does not allocate.
var statusCodes = func() (texts [600]string) {
	for i := range texts {
		texts[i] = strconv.Itoa(i)
	}
	return texts
}()

func formatInt(n int64) string {
	if n >= 0 && n < int64(len(statusCodes)) {
		return statusCodes[n]
	}
	return strconv.FormatInt(n, 10)
}

// maxListed bounds what is read of a list.
const maxListed = 64

// listed reads a list. One of a single text is taken for that text, which spares an allocation.
func listed(list pcommon.Slice) identity.Value {
	n := min(list.Len(), maxListed)
	if n == 1 && list.At(0).Type() == pcommon.ValueTypeStr && list.At(0).Str() != "" {
		return identity.Value{One: list.At(0).Str()}
	}
	texts := make([]string, 0, n)
	for i := range n {
		if v := list.At(i); v.Type() == pcommon.ValueTypeStr {
			texts = append(texts, v.Str())
		}
	}
	return identity.Value{Many: texts}
}
