package concurrencyprocessor

import (
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
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
)

// reserved names would clash with those above and cannot be keys.
var reserved = map[string]bool{
	attrIdentity: true, attrWindow: true, attrKeys: true, attrTier: true, attrWindowStart: true,
	attrUsers: true, attrExact: true, attrEvents: true,
}

// yield turns what a Close brings forth into telemetry.
type yield struct {
	core   *core
	tenant *tenant
	now    time.Time
	err    error

	metrics     pmetric.Metrics
	users       pmetric.NumberDataPointSlice
	uncertainty pmetric.NumberDataPointSlice
	points      int

	logs    plog.Logs
	sink    plog.LogRecordSlice
	records int
}

func (c *core) newYield(t *tenant, now time.Time) *yield { return &yield{core: c, tenant: t, now: now} }

var _ counter.Output = (*yield)(nil)

// Gauge adds the points of one series and tick.
func (y *yield) Gauge(g *counter.Group, kind string, tick int64, count sketch.Count) {
	if !y.core.cfg.Metrics.Enabled {
		return
	}
	if y.points == 0 {
		y.startMetrics()
	}
	end := pcommon.Timestamp((tick + 1) * int64(y.core.cfg.Tick))
	y.points++
	p := y.users.AppendEmpty()
	p.SetTimestamp(end)
	p.SetIntValue(int64(math.Round(count.Value)))
	y.pointAttributes(p.Attributes(), g, kind)
	if y.core.cfg.Metrics.Uncertainty {
		y.points++
		u := y.uncertainty.AppendEmpty()
		u.SetTimestamp(end)
		u.SetDoubleValue(count.StdErr)
		p.Attributes().CopyTo(u.Attributes())
	}
}

func (y *yield) startMetrics() {
	y.metrics = pmetric.NewMetrics()
	sm := y.metrics.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(metadata.ScopeName)
	y.users = gauge(sm, metricUsers, "Distinct identities in the sliding window.")
	if y.core.cfg.Metrics.Uncertainty {
		y.uncertainty = gauge(sm, metricUncertainty, "Standard error of braid.concurrent_users; 0 where the count is exact.")
	}
}

func gauge(sm pmetric.ScopeMetrics, name, description string) pmetric.NumberDataPointSlice {
	m := sm.Metrics().AppendEmpty()
	m.SetName(name)
	m.SetDescription(description)
	m.SetUnit("{user}")
	return m.SetEmptyGauge().DataPoints()
}

func (y *yield) pointAttributes(attrs pcommon.Map, g *counter.Group, kind string) {
	attrs.EnsureCapacity(3 + len(g.Key.Names))
	attrs.PutStr(attrIdentity, kind)
	attrs.PutStr(attrWindow, y.core.window)
	y.keyAttributes(attrs, g)
}

func (y *yield) keyAttributes(attrs pcommon.Map, g *counter.Group) {
	for i, name := range g.Key.Names {
		attrs.PutStr(name, g.Key.Values[i])
	}
	if y.tenant.name != "" {
		attrs.PutStr(y.core.cfg.Tenant, y.tenant.name)
	}
}

// Bucket adds the records of one closed bucket.
func (y *yield) Bucket(g *counter.Group, kind string, b sketch.Bucket) {
	tier := y.core.cfg.Tiers[b.Tier]
	start := eventtime.Instant(b.Start * int64(y.core.cfg.Tick))
	frames, err := y.tenant.hasher.Seal(sketch.Frame{
		Subject: y.tenant.subject(kind, g.ID()), Start: start.Time(), Tier: tier,
	}, b.Sketch)
	if err != nil {
		y.err = err
		return
	}
	count := b.Sketch.Estimate()
	// A bucket that is flushed before its end is dated by what it has seen: a time ahead of all data would move the
	// clocks of those who merge it.
	end := min(start.Add(tier), max(y.tenant.clock.Head(), start))
	for _, frame := range frames {
		r := y.record()
		r.SetEventName(eventSketch)
		r.SetTimestamp(pcommon.Timestamp(end))
		r.SetObservedTimestamp(pcommon.NewTimestampFromTime(y.now))
		r.Body().SetEmptyBytes().FromRaw(frame)
		attrs := r.Attributes()
		attrs.EnsureCapacity(8 + len(g.Key.Names))
		attrs.PutStr(attrIdentity, kind)
		attrs.PutStr(attrTier, durationText(tier))
		attrs.PutInt(attrWindowStart, int64(start))
		names := attrs.PutEmptySlice(attrKeys)
		for _, name := range g.Key.Names {
			names.AppendEmpty().SetStr(name)
		}
		y.keyAttributes(attrs, g)
		attrs.PutInt(attrUsers, int64(math.Round(count.Value)))
		attrs.PutBool(attrExact, count.Exact)
		attrs.PutInt(attrEvents, int64(min(b.Sketch.Events(), math.MaxInt64)))
	}
}

func (y *yield) record() plog.LogRecord {
	if y.records == 0 {
		y.logs = plog.NewLogs()
		sl := y.logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
		sl.Scope().SetName(metadata.ScopeName)
		y.sink = sl.LogRecords()
	}
	y.records++
	return y.sink.AppendEmpty()
}

// durationText writes 5m rather than 5m0s, as people write it in the configuration.
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}
