package sessionstorereceiver

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/view"
)

// tick sends one set of points.
func (c *core) tick(ctx context.Context, now time.Time) {
	states := make(map[string][]source.Server, len(c.watchers))
	for _, w := range c.watchers {
		asking, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
		servers, err := w.source.State(asking)
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			c.logger.Debug("a store's servers do not tell their state", zap.String("store", w.name), zap.Error(err))
		}
		states[w.name] = servers
	}
	c.emitMetrics(ctx, now, states)
}

// emitMetrics sends what the view counts, and the servers' state where it is known.
func (c *core) emitMetrics(ctx context.Context, now time.Time, states map[string][]source.Server) {
	var data pmetric.Metrics
	points := 0
	build := func() pmetric.Metrics {
		data = c.measure(now, states)
		points = data.DataPointCount()
		return data
	}
	build()
	if points > 0 {
		c.metrics.put(ctx, points, build)
	}
}

// measure writes the metrics.
func (c *core) measure(now time.Time, states map[string][]source.Server) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	if c.cfg.Tenant != "" {
		rm.Resource().Attributes().PutStr(attrTenant, c.cfg.Tenant)
	}
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(scopeName)
	m := newMeasure(sm, pcommon.NewTimestampFromTime(now), pcommon.NewTimestampFromTime(c.since))
	c.mu.Lock()
	for _, w := range c.watchers {
		m.store = w
		if counts := c.view.Counts(w.number); counts.Whole {
			m.sessions(counts)
		}
	}
	c.mu.Unlock()
	for _, w := range c.watchers {
		m.store = w
		for i := range states[w.name] {
			m.server(&states[w.name][i])
		}
	}
	sm.Metrics().RemoveIf(func(metric pmetric.Metric) bool { return points(metric).Len() == 0 })
	return md
}

// measure holds the metrics while their points are written.
type measure struct {
	store     *watcher
	at, since pcommon.Timestamp

	active, loggedIn, created, expired               pmetric.NumberDataPointSlice
	memory, memoryLimit, keys, replicas, lag, behind pmetric.NumberDataPointSlice
}

func newMeasure(sm pmetric.ScopeMetrics, at, since pcommon.Timestamp) *measure {
	gauge := func(name, description, unit string) pmetric.NumberDataPointSlice {
		return begin(sm, name, description, unit).SetEmptyGauge().DataPoints()
	}
	sum := func(name, description, unit string) pmetric.NumberDataPointSlice {
		s := begin(sm, name, description, unit).SetEmptySum()
		s.SetIsMonotonic(true)
		s.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		return s.DataPoints()
	}
	return &measure{
		at: at, since: since,
		active:      gauge("braid.session_store.active", "Sessions in the store that have not ended.", "{session}"),
		loggedIn:    gauge("braid.session_store.logged_in", "Those of them whose user is known.", "{session}"),
		created:     sum("braid.session_store.created", "Sessions that have appeared since the first full view.", "{session}"),
		expired:     sum("braid.session_store.expired", "Sessions that have gone since the first full view, by reason.", "{session}"),
		memory:      gauge("braid.session_store.memory.usage", "Memory that the server uses for all its data.", "By"),
		memoryLimit: gauge("braid.session_store.memory.limit", "Memory that the server may use.", "By"),
		keys:        gauge("braid.session_store.keys", "Keys of all applications in the server's database.", "{key}"),
		replicas:    gauge("braid.session_store.replicas", "Replicas attached to the server, by whether they follow it.", "{replica}"),
		lag:         gauge("braid.session_store.replication.lag", "Time since the replica answered last.", "s"),
		behind:      gauge("braid.session_store.replication.behind", "Changes that the replica has not got yet.", "By"),
	}
}

func begin(sm pmetric.ScopeMetrics, name, description, unit string) pmetric.Metric {
	metric := sm.Metrics().AppendEmpty()
	metric.SetName(name)
	metric.SetDescription(description)
	metric.SetUnit(unit)
	return metric
}

func points(metric pmetric.Metric) pmetric.NumberDataPointSlice {
	if metric.Type() == pmetric.MetricTypeSum {
		return metric.Sum().DataPoints()
	}
	return metric.Gauge().DataPoints()
}

func (m *measure) point(points pmetric.NumberDataPointSlice) pmetric.NumberDataPoint {
	p := points.AppendEmpty()
	p.SetTimestamp(m.at)
	p.Attributes().PutStr(attrStore, m.store.name)
	p.Attributes().PutStr(attrSystem, m.store.cfg.system())
	return p
}

func (m *measure) total(points pmetric.NumberDataPointSlice, n uint64) pmetric.NumberDataPoint {
	p := m.point(points)
	p.SetStartTimestamp(m.since)
	p.SetIntValue(int64(n))
	return p
}

func (m *measure) sessions(counts view.Counts) {
	m.point(m.active).SetIntValue(int64(counts.Active))
	m.point(m.loggedIn).SetIntValue(int64(counts.LoggedIn))
	m.total(m.created, counts.Created)
	for _, reason := range []source.Reason{source.Expired, source.Deleted, source.Evicted, source.Replaced} {
		m.total(m.expired, counts.Ended[string(reason)]).Attributes().PutStr(attrReason, string(reason))
	}
}

// of writes a point of one server.
func (m *measure) of(points pmetric.NumberDataPointSlice, address string, n int64) pmetric.NumberDataPoint {
	p := m.point(points)
	p.SetIntValue(n)
	if host, port, err := net.SplitHostPort(address); err == nil {
		p.Attributes().PutStr("server.address", host)
		if n, err := strconv.Atoi(port); err == nil {
			p.Attributes().PutInt("server.port", int64(n))
		}
	}
	return p
}

func (m *measure) server(s *source.Server) {
	known := func(points pmetric.NumberDataPointSlice, n int64) {
		if n >= 0 {
			m.of(points, s.Address, n)
		}
	}
	known(m.memory, s.Memory)
	if s.MaxMemory > 0 {
		m.of(m.memoryLimit, s.Address, s.MaxMemory)
	}
	known(m.keys, s.Keys)
	if s.Replicas == nil && m.store.cfg.Format == formatJDBC {
		return
	}
	following := int64(0)
	for i := range s.Replicas {
		r := &s.Replicas[i]
		if r.Online {
			following++
		}
		if r.Lag >= 0 {
			p := m.of(m.lag, s.Address, 0)
			p.SetDoubleValue(r.Lag.Seconds())
			p.Attributes().PutStr(attrReplica, r.Address)
		}
		if r.Behind >= 0 {
			m.of(m.behind, s.Address, r.Behind).Attributes().PutStr(attrReplica, r.Address)
		}
	}
	m.of(m.replicas, s.Address, following).Attributes().PutStr(attrReplicaState, "online")
	m.of(m.replicas, s.Address, int64(len(s.Replicas))-following).Attributes().PutStr(attrReplicaState, "other")
}

const (
	attrReplica      = "braid.session_store.replica"
	attrReplicaState = "braid.session_store.replica.state"
)
