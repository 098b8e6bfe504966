package concurrencyprocessor

import (
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/edges"
)

// What a center finds of its edges.
const (
	eventStatus = "braid.edge.status"

	attrStatus  = "braid.edge.status"
	attrSince   = "braid.edge.heard"
	attrSilence = "braid.edge.silence"

	statusSilent    = "silent"
	statusReporting = "reporting"

	// edgeInterval is how often in event time gauges of the edges are made.
	edgeInterval = 10 * time.Second
)

// edgeGauges are the metrics of one edge.
var edgeGauges = []struct {
	name, description, unit string
	value                   func(*edges.State) float64
}{
	{"braid.edge.up", "1 while the edge is heard, with or without anybody to count; 0 when it is silent.", "{edge}",
		func(s *edges.State) float64 {
			if s.Silent {
				return 0
			}
			return 1
		}},
	{"braid.edge.silence", "Time since the edge was last heard.", "s", func(s *edges.State) float64 { return s.Silence.Seconds() }},
	{"braid.edge.delay", "How far behind everything of the edge has come; -1 if it never reported.", "s",
		func(s *edges.State) float64 {
			if s.Delay < 0 {
				return -1
			}
			return s.Delay.Seconds()
		}},
	{"braid.edge.ahead", "How far ahead the edge's clock is, at least: up to then everything of it has come already.", "s",
		func(s *edges.State) float64 { return s.Ahead.Seconds() }},
	{"braid.edge.missing", "Sketches that the edge made and that have not come.", "{sketch}",
		func(s *edges.State) float64 { return float64(s.Missing) }},
}

// watchEdges looks at the edges before ticks close up to through: what has come of them decides what is final. The lock
// is held.
func (c *core) watchEdges(t *tenant, y *yield, through int64) {
	if t.edges == nil {
		return
	}
	head := t.clock.Head()
	for _, change := range t.edges.Advance(head) {
		y.records = append(y.records, sketchRecord{
			origin: origin{tenant: t.name}, at: pcommon.Timestamp(head), observed: pcommon.NewTimestampFromTime(y.now), change: &change,
		})
	}
	if at, ok := t.edges.Settled(head); ok {
		t.counter.Settle(int64(at)/int64(c.cfg.Tick) - 1)
	}
	end := eventtime.Instant((through + 1) * int64(c.cfg.Tick))
	before := eventtime.Instant((t.counter.Closed() + 1) * int64(c.cfg.Tick))
	if !c.cfg.Metrics.Enabled || end.Truncate(edgeInterval) <= before.Truncate(edgeInterval) {
		return
	}
	for _, state := range t.edges.States(head) {
		y.gauges = append(y.gauges, gaugePoint{origin: origin{tenant: t.name}, at: pcommon.Timestamp(end), edge: &state})
	}
}

// edgeMetrics encodes the gauges of edges.
func (c *core) edgeMetrics(sm pmetric.ScopeMetrics, points []gaugePoint) {
	for _, g := range edgeGauges {
		var into pmetric.NumberDataPointSlice
		made := false
		for i := range points {
			if points[i].edge == nil {
				continue
			}
			if !made {
				into, made = gauge(sm, g.name, g.description, g.unit), true
			}
			p := into.AppendEmpty()
			p.SetTimestamp(points[i].at)
			p.SetDoubleValue(g.value(points[i].edge))
			p.Attributes().PutStr(attrEdge, points[i].edge.Edge)
			c.putKey(p.Attributes(), &points[i].origin)
		}
	}
}

// putChange encodes that an edge fell silent or is back.
func (c *core) putChange(r plog.LogRecord, s *sketchRecord) {
	status, severity := statusReporting, plog.SeverityNumberInfo
	text := fmt.Sprintf("edge %s reports again", s.change.Edge)
	silence := eventtime.Instant(s.at).Sub(s.change.Since)
	if s.change.Silent {
		status, severity = statusSilent, plog.SeverityNumberError
		text = fmt.Sprintf("edge %s has said nothing for %s; one without users would still report", s.change.Edge, silence.Round(time.Second))
	}
	r.SetEventName(eventStatus)
	r.SetSeverityNumber(severity)
	r.Body().SetStr(text)
	attrs := r.Attributes()
	attrs.PutStr(attrEdge, s.change.Edge)
	attrs.PutStr(attrStatus, status)
	attrs.PutInt(attrSince, int64(s.change.Since))
	attrs.PutDouble(attrSilence, silence.Seconds())
	c.putKey(attrs, &s.origin)
}

// receiveReport notes what an edge says of itself. The lock is held.
func (b *batch) receiveReport(r plog.LogRecord) { b.reported[b.takeReport(r)]++ }

func (b *batch) takeReport(r plog.LogRecord) string {
	attrs := r.Attributes()
	b.setTenant(b.senderTenant(attrs))
	name := b.text(attrs, attrEdge)
	switch {
	case b.tenant == nil:
		return resultLimit
	case b.tenant.edges == nil:
		return resultUnfollowed
	case name == "" || r.Body().Type() != pcommon.ValueTypeBytes || r.Body().Bytes().Len() > sketch.MaxFrame:
		return "malformed"
	}
	body := r.Body().Bytes().AsRaw()
	report, err := b.tenant.hasher.OpenReport(b.tenant.edgeSubject(name), body)
	if err != nil {
		return refusal(err)
	}
	_, verdict := b.tenant.clock.Observe(eventtime.Of(report.Through), b.now)
	b.times[verdict]++
	b.tenant.followReport(name, report, body)
	b.core.recordEdge(entryReport, b.tenant, name, body)
	return resultMerged
}

func (t *tenant) followReport(name string, r sketch.Report, body []byte) {
	t.edges.Report(name, edges.Report{
		Print: sketch.Print(body), From: eventtime.Of(r.From), Through: eventtime.Of(r.Through), Fresh: r.Fresh, Frames: r.Prints,
	}, t.clock.Head())
}

// arrived notes that a frame of an edge has come.
func (b *batch) arrived(edge string, frame []byte) {
	if edge == "" || b.tenant.edges == nil {
		return
	}
	b.tenant.edges.Frame(edge, sketch.Print(frame), b.tenant.clock.Head())
	b.core.recordEdge(entryArrived, b.tenant, edge, frame[len(frame)-4:])
}
