package rca

import (
	"math"
	"time"

	"github.com/braidotel/braid/internal/logtemplate"
)

// Memory is what an engine learnt, as it is kept over a restart: of each series what is normal, not the recent past.
type Memory struct {
	Watermark         int64
	First, FirstTrace int32
	LastLog           int64
	LastID            uint64 // of a disturbance
	Disturbed         []Stretch
	Series            []SeriesMemory
	Points            []PointsMemory
	Templates         []logtemplate.Memory
	Pods              []PodMemory
}

// Stretch is a run of steps of 5 s, the last one excluded, of which nothing is learnt.
type Stretch struct{ From, To int32 }

// SeriesMemory is the normal of a series of traces or logs.
type SeriesMemory struct {
	Signal                   uint8
	Service, Operation, Item string
	Template                 uint64
	Text                     string
	Based, BaseOfAll         bool // counted per execution; of all services
	BaseSignal               uint8
	BaseItem                 string
	N, S, Q, Steps           float64
}

// PointsMemory is the latest values of a metric, oldest first.
type PointsMemory struct {
	Service, Pod, Host, Metric, Series string
	At                                 []int64
	Value                              []float64
}

// keptPoints is how many of a metric's values are kept: enough to tell what is normal.
const keptPoints = 32

// PodMemory is where a pod runs.
type PodMemory struct{ Service, Pod, Host string }

// Save returns what the engine learnt, the least recently used first. The disturbance that lasts is not normal.
func (e *Engine) Save() Memory {
	w := &e.watch
	m := Memory{
		Watermark: e.watermark, First: w.first, FirstTrace: w.firstTrace, LastLog: e.lastLog, LastID: w.last, Templates: e.miner.Save(),
	}
	for _, d := range e.quiet.disturbed {
		m.Disturbed = append(m.Disturbed, Stretch{d.from, d.to})
	}
	now := e.step(e.watermark) + 1
	for _, s := range e.table.all() {
		normal, _ := s.split(now, now, &e.quiet)
		if normal.n == 0 {
			continue
		}
		x := SeriesMemory{
			Signal: uint8(s.key.signal), Service: s.key.service, Operation: s.key.operation, Item: s.key.item, Template: s.key.template, Text: s.text,
			N: normal.n, S: normal.s, Q: normal.q, Steps: normal.steps,
		}
		if s.base != nil {
			x.Based, x.BaseSignal, x.BaseOfAll, x.BaseItem = true, uint8(s.base.key.signal), s.base.key.service == "", s.base.key.item
		}
		m.Series = append(m.Series, x)
	}
	for _, p := range e.points.all() {
		m.Points = append(m.Points, p.save())
	}
	for _, k := range e.pods.Keys() {
		host, _ := e.pods.Peek(k)
		m.Pods = append(m.Pods, PodMemory{k.service, k.pod, host})
	}
	return m
}

// Restore takes up what an engine of the same bounds, or others, learnt. It is for an engine that has seen nothing.
func (e *Engine) Restore(m *Memory) {
	w := &e.watch
	e.watermark, e.lastLog = m.Watermark, m.LastLog
	w.first, w.firstTrace, w.last, w.resumed = m.First, m.FirstTrace, m.LastID, true
	for _, d := range m.Disturbed[:min(len(m.Disturbed), maxStretches)] {
		e.quiet.disturbed = append(e.quiet.disturbed, stretch{d.From, d.To})
	}
	e.miner.Restore(m.Templates)
	now := e.step(m.Watermark)
	for i := range m.Series {
		x := &m.Series[i]
		if x.Signal >= uint8(sigKinds) || x.BaseSignal >= uint8(sigKinds) || !finite(x.N, x.S, x.Q, x.Steps) {
			continue // damaged
		}
		s := e.series(key{signal: signalKind(x.Signal), service: x.Service, operation: x.Operation, item: x.Item, template: x.Template}, now)
		if x.Steps > 1 {
			e.table.regular(s.key)
		}
		s.text, s.old, s.aged = x.Text, sample{x.N, x.S, x.Q, x.Steps}, now
		if x.Based {
			base := key{signal: signalKind(x.BaseSignal), service: x.Service, operation: x.Operation, item: x.BaseItem}
			if x.BaseOfAll {
				base.service = ""
			}
			s.base = e.series(base, now)
		}
	}
	for i := range m.Points {
		e.restorePoints(&m.Points[i])
	}
	for _, p := range m.Pods {
		e.pods.Add(podKey{p.Service, p.Pod}, p.Host)
	}
}

func (p *points) save() PointsMemory {
	m := PointsMemory{Service: p.key.service, Pod: p.key.pod, Host: p.key.host, Metric: p.key.metric, Series: p.key.series}
	for i := max(0, p.count-keptPoints); i < p.count; i++ {
		slot := (p.next - p.count + i + ringPoints) % ringPoints
		m.At, m.Value = append(m.At, p.at[slot]), append(m.Value, p.value[slot])
	}
	return m
}

func (e *Engine) restorePoints(m *PointsMemory) {
	for i := range min(len(m.At), len(m.Value), ringPoints) {
		e.ObservePoint(Point{
			Time: time.Unix(0, m.At[i]), Service: m.Service, Pod: m.Pod, Host: m.Host, Metric: m.Metric, Series: m.Series, Value: m.Value[i],
		})
	}
}

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
