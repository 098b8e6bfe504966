package simulate

import (
	"math"
	"time"
)

// metricInterval is how often hosts and JVMs report.
const metricInterval = 15 * time.Second

const (
	scopeHost    = "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver"
	scopeRuntime = "io.opentelemetry.runtime-telemetry-java17"
	heapLimit    = 2 << 30 // bytes
	heapAtRest   = 0.35    // share of the limit
	ramBytes     = 8 << 30
)

// gcTimes is the cumulative histogram of garbage collection pauses of one JVM.
type gcTimes struct {
	buckets [6]uint64
	sum     float64
}

// gcBounds are the bounds that the semantic conventions advise for jvm.gc.duration, in seconds.
var gcBounds = []float64{0.01, 0.1, 1, 10}

func (t *gcTimes) observe(seconds float64) {
	i := 0
	for i < len(gcBounds) && seconds > gcBounds[i] {
		i++
	}
	t.buckets[i]++
	t.sum += seconds
}

// reportMetrics reads every machine's load of the last interval and reports it as of now.
func (g *Generator) reportMetrics(now int64) {
	g.leaking().leaking, _ = g.during(MemoryRamp, now) // 0 before and after: the pod was restarted
	for _, r := range g.regions {
		g.reportMachine(r.web, now)
		for _, m := range r.apps {
			g.reportMachine(m, now)
		}
		g.reportMachine(r.payment, now)
	}
}

func (g *Generator) reportMachine(m *machine, now int64) {
	rate := float64(m.requests) / metricInterval.Seconds()
	m.requests = 0
	m.busy = min(0.98, 0.05+0.9*rate/math.Max(m.capacity, 1)+0.25*m.leaking*m.leaking*m.leaking)
	noise := 1 + 0.03*g.rng.NormFloat64()
	cpu := min(1, m.busy*noise)
	gauge := func(name string, value float64, attrs ...Attr) {
		g.addPoint(Point{Resource: m.host, Scope: scopeHost, Name: name, Unit: "1", Kind: Gauge, Time: now, Value: value, Attrs: attrs})
	}
	gauge("system.cpu.utilization", cpu*0.8, Attr{"cpu.mode", "user"})
	gauge("system.cpu.utilization", cpu*0.2, Attr{"cpu.mode", "system"})
	gauge("system.cpu.utilization", 1-cpu, Attr{"cpu.mode", "idle"})
	used := 0.25 + 0.1*cpu
	if m.java {
		used += 0.5 * m.heapShare(cpu)
	}
	gauge("system.memory.utilization", used, Attr{"system.memory.state", "used"})
	g.addPoint(Point{Resource: m.host, Scope: scopeHost, Name: "system.memory.usage", Unit: "By", Kind: UpDownCounter,
		Start: g.start, Time: now, Value: math.Floor(used * ramBytes), Attrs: []Attr{{"system.memory.state", "used"}}})
	if m.java {
		g.reportJVM(m, now, cpu)
	}
}

// heapShare is the share of the heap in use after a collection.
func (m *machine) heapShare(cpu float64) float64 {
	return min(0.99, heapAtRest+0.15*cpu+(0.97-heapAtRest)*m.leaking)
}

func (g *Generator) reportJVM(m *machine, now int64, cpu float64) {
	add := func(name, unit string, kind MetricKind, value float64, attrs ...Attr) {
		p := Point{Resource: m.resource, Scope: scopeRuntime, Name: name, Unit: unit, Kind: kind, Time: now, Value: value, Attrs: attrs}
		if kind != Gauge {
			p.Start = g.start
		}
		g.addPoint(p)
	}
	old := []Attr{{"jvm.memory.type", "heap"}, {"jvm.memory.pool.name", "G1 Old Gen"}}
	share := m.heapShare(cpu)
	add("jvm.memory.used", "By", UpDownCounter, math.Floor(share*heapLimit), old...)
	add("jvm.memory.limit", "By", UpDownCounter, heapLimit, old...)
	add("jvm.memory.used_after_last_gc", "By", UpDownCounter, math.Floor(share*0.9*heapLimit), old...)
	add("jvm.cpu.recent_utilization", "1", Gauge, cpu)
	add("jvm.thread.count", "{thread}", UpDownCounter, math.Round(40+180*cpu), Attr{"jvm.thread.daemon", "true"})
	add("db.client.connection.count", "{connection}", UpDownCounter, math.Round(min(50, 2+20*cpu)),
		Attr{"db.client.connection.pool.name", "HikariPool-1"}, Attr{"db.client.connection.state", "used"})
	m.gc.observe(0.012 + 0.05*cpu + 1.5*math.Pow(m.leaking, 4))
	buckets := append([]uint64(nil), m.gc.buckets[:len(gcBounds)+1]...)
	g.addPoint(Point{Resource: m.resource, Scope: scopeRuntime, Name: "jvm.gc.duration", Unit: "s", Kind: Histogram,
		Start: g.start, Time: now, Value: m.gc.sum, Bounds: gcBounds, Buckets: buckets,
		Attrs: []Attr{{"jvm.gc.name", "G1 Young Generation"}, {"jvm.gc.action", "end of minor GC"}}})
}
