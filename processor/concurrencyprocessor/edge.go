package concurrencyprocessor

import (
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/sketch"
)

// What an edge says of itself.
const (
	eventReport = "braid.edge.report"

	attrEdge        = "braid.edge"
	attrEdgeThrough = "braid.edge.through"
	attrEdgeFrames  = "braid.edge.sketches"
)

// tellCenter adds to a yield which frames are in it and up to when they are all: once in each of the narrowest buckets,
// also when there are none. The lock is held.
func (c *core) tellCenter(t *tenant, y *yield) {
	if c.cfg.Edge == "" {
		return
	}
	through := eventtime.Instant((t.counter.Closed() + 1) * int64(c.cfg.Tick)).Truncate(c.cfg.base())
	c.reportThrough(t, y, through)
}

// sayHello reports for an edge at which nobody is: its clock stands still, or runs on from when somebody was.
func (c *core) sayHello(t *tenant, now time.Time) {
	if c.cfg.Edge == "" || c.cfg.Clock != clockLive || !t.counter.Empty() {
		return
	}
	y := c.newYield(t, now)
	c.reportThrough(t, y, eventtime.Of(now).Add(-c.cfg.Lateness).Truncate(c.cfg.base()))
	c.ship(y, nil)
}

func (c *core) reportThrough(t *tenant, y *yield, through eventtime.Instant) {
	var prints []uint32
	from := through
	for i := range y.records {
		if r := &y.records[i]; r.frame != nil {
			prints = append(prints, sketch.Print(r.frame))
			from = min(from, r.start)
		}
	}
	if len(prints) == 0 && through <= t.reported {
		return
	}
	fresh := t.reported == 0
	if fresh {
		t.reported = from
	}
	// What does not fit into one report goes into several that follow one another; no bucket ends between them.
	for parts := slices.Collect(slices.Chunk(prints, sketch.MaxPrints)); len(parts) > 1; parts = parts[1:] {
		c.announce(t, y, t.reported+1, parts[0], fresh)
		prints, fresh = prints[len(parts[0]):], false
	}
	c.announce(t, y, max(through, t.reported+1), prints, fresh)
}

// announce adds one report. Its time is that of the newest data, so that it moves nobody's clock ahead of it.
func (c *core) announce(t *tenant, y *yield, through eventtime.Instant, prints []uint32, fresh bool) {
	body := t.hasher.SealReport(t.edgeSubject(c.cfg.Edge), sketch.Report{
		From: t.reported.Time(), Through: through.Time(), Made: y.now, Fresh: fresh, Prints: prints,
	})
	y.records = append(y.records, sketchRecord{
		origin: origin{tenant: t.name}, at: pcommon.Timestamp(through), observed: pcommon.NewTimestampFromTime(y.now),
		report: body, events: uint64(len(prints)),
	})
	t.reported = through
}

// edgeSubject names an edge for authentication. No kind of identity begins with a zero byte.
func (t *tenant) edgeSubject(edge string) string { return t.subject("\x00edge", edge) }

func (c *core) putReport(r plog.LogRecord, s *sketchRecord) {
	r.SetEventName(eventReport)
	r.Body().SetEmptyBytes().FromRaw(s.report)
	attrs := r.Attributes()
	attrs.PutStr(attrEdge, c.cfg.Edge)
	attrs.PutInt(attrEdgeThrough, int64(s.at))
	attrs.PutInt(attrEdgeFrames, int64(s.events))
	c.putKey(attrs, &s.origin)
}
