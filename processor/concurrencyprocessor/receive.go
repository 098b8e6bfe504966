package concurrencyprocessor

import (
	"errors"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
)

// What became of a received sketch, besides the refusals below.
const (
	resultMerged     = "merged"
	resultLate       = "late"
	resultLost       = "lost"
	resultAhead      = "ahead"
	resultMisaligned = "misaligned"
	resultLimit      = "limit"
	resultUnfollowed = "unfollowed" // a report, where no edges are followed
)

// refusals name the errors of sketch.Open.
var refusals = []struct {
	err  error
	name string
}{
	{sketch.ErrTooLarge, "too_large"},
	{sketch.ErrVersion, "version"},
	{sketch.ErrPrecision, "precision"},
	{sketch.ErrKey, "key"},
	{sketch.ErrForged, "forged"},
	{sketch.ErrImplausible, "implausible"},
	{sketch.ErrMalformed, "malformed"},
}

// receive merges a braid.sketch record. A record that cannot be merged is counted by reason and passes on like any other.
func (b *batch) receive(r plog.LogRecord) { b.received[b.merge(r)]++ }

func (b *batch) merge(r plog.LogRecord) string {
	attrs := r.Attributes()
	b.setTenant(b.senderTenant(attrs))
	switch {
	case b.tenant == nil:
		return resultLimit
	case r.Body().Type() != pcommon.ValueTypeBytes:
		return "malformed"
	}
	kind := b.text(attrs, attrIdentity)
	key, ok := b.keyOf(attrs)
	if kind == "" || !ok {
		return "malformed"
	}
	id := key.AppendID(nil)
	body := r.Body().Bytes()
	if body.Len() > sketch.MaxFrame { // before it is copied
		return "too_large"
	}
	frame := body.AsRaw()
	opened, s, err := b.tenant.hasher.Open(b.tenant.subject(kind, string(id)), frame)
	if err != nil {
		return refusal(err)
	}
	start, width, ok := b.core.cut(opened)
	switch {
	case !ok:
		return resultMisaligned
	case b.core.cfg.Clock == clockLive && opened.Start.Sub(b.now) > max(b.core.cfg.MaxSkew, b.core.cfg.Revision.Reach):
		return resultAhead // it would stay open until then
	}
	index, err := b.tenant.counter.IdentityIndex(kind)
	if err != nil {
		return resultLimit
	}
	g := b.tenant.counter.Add(key, b.core.feedsTotal(key))
	edge := b.text(attrs, attrEdge)
	_, verdict := b.tenant.clock.Observe(sentAt(r, opened), b.now)
	b.times[verdict]++
	arrival, err := g.Merge(index, start, width, s)
	switch {
	case err != nil:
		return resultMisaligned
	case arrival == sketch.Lost:
		b.arrived(edge, frame)
		return resultLost
	}
	b.core.recordFrame(b.tenant, g, index, frame, arrival)
	b.arrived(edge, frame)
	if arrival == sketch.Late {
		return resultLate
	}
	return resultMerged
}

// sentAt is the time up to which the sender had seen data: the end of the bucket, or less when it was flushed before.
func sentAt(r plog.LogRecord, f sketch.Frame) eventtime.Instant {
	end := eventtime.Of(f.Start.Add(f.Tier))
	if at := eventtime.Instant(r.Timestamp()); at > 0 {
		return min(at, end)
	}
	return end
}

// senderTenant is the tenant the record names, or its resource does.
func (b *batch) senderTenant(attrs pcommon.Map) *tenant {
	name := b.text(attrs, b.core.cfg.Tenant)
	if name == "" {
		name = b.text(b.resource, b.core.cfg.Tenant)
	}
	return b.core.tenant(name)
}

// keyOf reads the key's attributes off the record: braid.keys lists their names.
func (b *batch) keyOf(attrs pcommon.Map) (counter.Key, bool) {
	v, ok := attrs.Get(attrKeys)
	if !ok {
		return counter.Key{}, true
	}
	if v.Type() != pcommon.ValueTypeSlice || v.Slice().Len() > maxKeySpecs {
		return counter.Key{}, false
	}
	var names, values []string
	for _, name := range v.Slice().All() {
		value := b.text(attrs, name.Str())
		if name.Str() == "" || len(name.Str()) > b.core.cfg.Limits.ValueBytes || value == "" {
			return counter.Key{}, false
		}
		names, values = append(names, string([]byte(name.Str()))), append(values, value)
	}
	return ownedKey(names, values), true
}

// feedsTotal says whether a key is of the kind whose items the total is counted from.
func (c *core) feedsTotal(key counter.Key) bool {
	if len(c.specs) == 0 || len(key.Names) != len(c.specs[0].names) {
		return false
	}
	for i, name := range c.specs[0].names {
		if key.Names[i] != name {
			return false
		}
	}
	return true
}

func refusal(err error) string {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.name
		}
	}
	return "malformed"
}
