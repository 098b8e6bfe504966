package concurrencyprocessor

import (
	"math"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/metadata"
)

// Names of what leaves; design.md section 4.
const (
	eventSketch = "braid.sketch"

	metricUsers       = "braid.concurrent_users"
	metricUncertainty = "braid.concurrent_users.uncertainty"

	attrIdentity    = "braid.identity"
	attrWindow      = "braid.window"
	attrKeys        = "braid.keys"
	attrTier        = "braid.tier"
	attrWindowStart = "braid.window.start"
	attrUsers       = "braid.users"
	attrExact       = "braid.users.exact"
	attrEvents      = "braid.events"
	attrState       = "braid.sketch.state"
	attrRevision    = "braid.sketch.revision"
	attrBehind      = "braid.edges.behind"
)

// How much of a bucket a sketch holds.
const (
	stateProvisional = "provisional" // something of it is outstanding; a later revision replaces it
	stateFinal       = "final"
	statePart        = "part" // what came late, to be merged with what left before
)

// reserved names would clash with those above and cannot be keys.
var reserved = map[string]bool{
	attrIdentity: true, attrWindow: true, attrKeys: true, attrTier: true, attrWindowStart: true,
	attrUsers: true, attrExact: true, attrEvents: true, attrState: true, attrRevision: true, attrBehind: true, attrEdge: true,
}

// toMetrics encodes gauges.
func (c *core) toMetrics(points []gaugePoint) pmetric.Metrics {
	md := pmetric.NewMetrics()
	sm := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(metadata.ScopeName)
	c.edgeMetrics(sm, points)
	points = slices.DeleteFunc(slices.Clone(points), func(p gaugePoint) bool { return p.edge != nil })
	if len(points) == 0 {
		return md
	}
	users := gauge(sm, metricUsers, "Distinct identities in the sliding window.", "{user}")
	users.EnsureCapacity(len(points))
	for i := range points {
		p := c.point(users, &points[i])
		p.SetIntValue(int64(math.Round(points[i].count.Value)))
	}
	if !c.cfg.Metrics.Uncertainty {
		return md
	}
	uncertainty := gauge(sm, metricUncertainty, "Standard error of braid.concurrent_users; 0 where the count is exact.", "{user}")
	uncertainty.EnsureCapacity(len(points))
	for i := range points {
		p := c.point(uncertainty, &points[i])
		p.SetDoubleValue(points[i].count.StdErr)
	}
	return md
}

func gauge(sm pmetric.ScopeMetrics, name, description, unit string) pmetric.NumberDataPointSlice {
	m := sm.Metrics().AppendEmpty()
	m.SetName(name)
	m.SetDescription(description)
	m.SetUnit(unit)
	return m.SetEmptyGauge().DataPoints()
}

func (c *core) point(points pmetric.NumberDataPointSlice, g *gaugePoint) pmetric.NumberDataPoint {
	p := points.AppendEmpty()
	p.SetTimestamp(g.at)
	attrs := p.Attributes()
	attrs.EnsureCapacity(3 + len(g.key.Names))
	attrs.PutStr(attrIdentity, g.kind)
	attrs.PutStr(attrWindow, c.window)
	c.putKey(attrs, &g.origin)
	return p
}

// putKey writes the key's attributes and the tenant's.
func (c *core) putKey(attrs pcommon.Map, o *origin) {
	for i, name := range o.key.Names {
		attrs.PutStr(name, o.key.Values[i])
	}
	if o.tenant != "" {
		attrs.PutStr(c.cfg.Tenant, o.tenant)
	}
}

// toLogs encodes sketches.
func (c *core) toLogs(records []sketchRecord) plog.Logs {
	ld := plog.NewLogs()
	sl := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
	sl.Scope().SetName(metadata.ScopeName)
	sl.LogRecords().EnsureCapacity(len(records))
	for i := range records {
		r, s := sl.LogRecords().AppendEmpty(), &records[i]
		r.SetTimestamp(s.at)
		r.SetObservedTimestamp(s.observed)
		switch {
		case s.report != nil:
			c.putReport(r, s)
		case s.change != nil:
			c.putChange(r, s)
		default:
			c.putSketch(r, s)
		}
	}
	return ld
}

func (c *core) putSketch(r plog.LogRecord, s *sketchRecord) {
	r.SetEventName(eventSketch)
	r.Body().SetEmptyBytes().FromRaw(s.frame)
	attrs := r.Attributes()
	attrs.EnsureCapacity(11 + len(s.key.Names))
	attrs.PutStr(attrIdentity, s.kind)
	attrs.PutStr(attrTier, eventtime.Text(s.tier))
	attrs.PutInt(attrWindowStart, int64(s.start))
	putNames(attrs.PutEmptySlice(attrKeys), s.key.Names)
	c.putKey(attrs, &s.origin)
	attrs.PutInt(attrUsers, int64(math.Round(s.count.Value)))
	attrs.PutBool(attrExact, s.count.Exact)
	attrs.PutInt(attrEvents, int64(min(s.events, math.MaxInt64)))
	if c.cfg.Edge != "" {
		attrs.PutStr(attrEdge, c.cfg.Edge)
	}
	if s.state == "" {
		return
	}
	attrs.PutStr(attrState, s.state)
	attrs.PutInt(attrRevision, int64(s.revision))
	if len(s.behind) > 0 {
		putNames(attrs.PutEmptySlice(attrBehind), s.behind)
	}
}

func putNames(into pcommon.Slice, names []string) {
	for _, name := range names {
		into.AppendEmpty().SetStr(name)
	}
}
