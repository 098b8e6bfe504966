package concurrencyprocessor

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/edges"
)

// yield collects what a Close brings forth. It stays in this compact form until it is sent: each attempt to send needs
// telemetry of its own, since a consumer may change what it is given.
type yield struct {
	core    *core
	tenant  *tenant
	now     time.Time
	err     error
	gauges  []gaugePoint
	records []sketchRecord
}

// origin says what was counted.
type origin struct {
	tenant string
	kind   string // of identity
	key    counter.Key
}

// gaugePoint is the count of one series at the end of one tick.
type gaugePoint struct {
	origin
	at    pcommon.Timestamp
	count sketch.Count
	edge  *edges.State // of an edge: then there is no count
}

// sketchRecord is one frame of a closed bucket, or what is told of an edge.
type sketchRecord struct {
	origin
	at, observed pcommon.Timestamp
	start        eventtime.Instant
	tier         time.Duration
	frame        []byte
	count        sketch.Count
	events       uint64
	revision     uint32
	state        string
	behind       []string      // edges of which something may be missing
	report       []byte        // an edge's own report: then there is no frame
	change       *edges.Change // what a center found of an edge: likewise
}

func (c *core) newYield(t *tenant, now time.Time) *yield { return &yield{core: c, tenant: t, now: now} }

var _ counter.Output = (*yield)(nil)

// Gauge collects the count of one series and tick.
func (y *yield) Gauge(g *counter.Group, kind string, tick int64, count sketch.Count) {
	y.gauges = append(y.gauges, gaugePoint{
		origin: origin{y.tenant.name, kind, g.Key},
		at:     pcommon.Timestamp((tick + 1) * int64(y.core.cfg.Tick)),
		count:  count,
	})
}

// Bucket collects the frames of one closed bucket.
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
	// A bucket that is flushed before its end is dated by what it has seen: a time ahead of all data would move the
	// clocks of those who merge it.
	end := min(start.Add(tier), max(y.tenant.clock.Head(), start))
	state, behind := y.stateOf(b, start.Add(tier))
	for _, frame := range frames {
		y.records = append(y.records, sketchRecord{
			origin: origin{y.tenant.name, kind, g.Key},
			at:     pcommon.Timestamp(end), observed: pcommon.NewTimestampFromTime(y.now),
			start: start, tier: tier, frame: frame, count: b.Sketch.Estimate(), events: b.Sketch.Events(),
			revision: b.Revision, state: state, behind: behind,
		})
	}
}

// stateOf says how much of a bucket this is; nothing where what has closed stays closed and no edges are followed.
func (y *yield) stateOf(b sketch.Bucket, end eventtime.Instant) (state string, behind []string) {
	switch {
	case y.core.cfg.Revision.Reach == 0 && y.tenant.edges == nil:
		return "", nil
	case b.Part:
		return statePart, nil
	case b.Final:
		return stateFinal, nil
	case y.tenant.edges != nil:
		behind = y.tenant.edges.Behind(end)
	}
	return stateProvisional, behind
}
