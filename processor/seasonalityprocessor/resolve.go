package seasonalityprocessor

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// stream returns the stream of a point with these attributes, new or not.
func (b *batch) stream(attrs pcommon.Map) *stream {
	t := b.tenant
	key := mix(b.metricID, hashAttributes(attrs, nil))
	s := t.streams.entries[key]
	if s == nil {
		s = &stream{key: key, bucket: closedBucket}
		s.element = t.streams.add(key, s)
		b.core.evictStreams(t)
		b.join(s, attrs)
		return s
	}
	t.streams.order.MoveToFront(s.element)
	switch {
	case s.group == nil:
	case s.group.series == nil: // given up since
		b.join(s, attrs)
	default:
		t.groups.order.MoveToFront(s.group.element)
		s.group.node = b.node
	}
	return s
}

// join puts a stream into its group, new or not, if a rule takes it.
func (b *batch) join(s *stream, attrs pcommon.Map) {
	s.group = nil
	r := ruleOf(b.candidates, attrs, b.resource)
	if r == nil || len(r.plans[b.typ]) == 0 {
		return
	}
	s.isError = r.isError(attrs, b.resource)
	res := b.resourceOf(r)
	key := groupKey(b.groupID, res.hash, hashAttributes(attrs, r.keep))
	g := b.tenant.groups.entries[key]
	if g == nil {
		m := b.metric
		o := &origin{resource: res, metric: cut(m.Name()), unit: cut(m.Unit()), typ: b.typ, attrs: ownAttributes(attrs, r.keep)}
		g = newGroup(b.tenant, r, o)
		g.key = key
		b.core.insert(g)
	}
	g.node = b.node
	s.group = g
}

func groupKey(metric, resource, attrs uint64) uint64 { return mix(mix(metric, resource), attrs) }

// resourceOf is what a rule keeps of the resource at hand.
func (b *batch) resourceOf(r *rule) *resource {
	res := b.resources[r]
	if res == nil {
		res = &resource{hash: hashAttributes(b.resource, r.keep), attrs: ownAttributes(b.resource, r.keep)}
		b.resources[r] = res
	}
	return res
}

// newGroup makes a group without models; those come with the first values.
func newGroup(t *tenant, r *rule, o *origin) *group {
	plans := r.plans[o.typ]
	g := &group{
		tenant: t, rule: r, origin: o, plans: plans, series: make([]series, len(plans)),
		bucket: closedBucket, closed: closedBucket + 1, slot: noSlot,
	}
	if o.typ == typeSummary {
		g.means = make([]mean, len(plans))
	}
	return g
}

// insert puts a group that has its key into its tenant's table, in place of others if need be.
func (c *core) insert(g *group) {
	t := g.tenant
	c.makeRoom(t, len(g.series))
	g.element = t.groups.add(g.key, g)
	t.series += len(g.series)
}
