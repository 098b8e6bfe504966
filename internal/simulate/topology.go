package simulate

import (
	"fmt"
	"math"
)

// regionShare is the share of all visitors that one region brings.
type regionShare struct {
	name  string
	share float64
}

var regionShares = []regionShare{
	{"seoul", 0.36}, {"busan", 0.14}, {"incheon", 0.12}, {"daegu", 0.10}, {"daejeon", 0.08},
	{"gwangju", 0.07}, {"ulsan", 0.06}, {"sejong", 0.04}, {"jeju", 0.03},
}

// Regions returns the regions of the shop, busiest first.
func Regions() []string {
	names := make([]string, len(regionShares))
	for i, r := range regionShares {
		names[i] = r.name
	}
	return names
}

// machine is a host with one process on it: a proxy or a Java pod.
type machine struct {
	resource *Resource // of the process: spans, logs, JVM metrics
	host     *Resource // of the host: system metrics
	address  string    // what the next tier sees as its client
	route    string    // jvmRoute, the suffix of JSESSIONIDs; empty for proxies
	java     bool
	capacity float64 // requests a second at which it is full
	requests int     // since the last metrics
	busy     float64 // utilization from 0 to 1 as of the last metrics
	leaking  float64 // progress of a memory leak, 0 = sound
	gc       *gcTimes
}

// region is one site: a proxy, the application servers behind it, and a payment server.
type region struct {
	name      string
	share     float64
	web       *machine
	apps      []*machine
	payment   *machine
	firstUser int // its users are [firstUser, endUser)
	endUser   int
}

// peakRequestShare is how busy a machine is in the busiest hour without trouble.
const peakRequestShare = 0.55

// build lays the shop out for the given number of visitors; the users' numbers are dealt to the regions by their shares.
func build(users int) []*region {
	var all []*region
	pool, route := users*usersPerVisitor, 0
	next := 0
	for i, rs := range regionShares {
		r := &region{name: rs.name, share: rs.share, firstUser: next}
		next += max(1, int(math.Ceil(rs.share*float64(pool))))
		r.endUser = next
		peak := float64(users) * rs.share / thinkMean.Seconds() // requests a second
		r.web = proxy(rs.name, i, peak/peakRequestShare)
		pods := 2
		if rs.share > 0.3 {
			pods = 4
		}
		for range pods {
			route++
			r.apps = append(r.apps, pod("shop-was", rs.name, route, peak/float64(pods)/peakRequestShare))
		}
		r.payment = pod("shop-payment", rs.name, len(regionShares)*4+i, peak*0.05/peakRequestShare)
		all = append(all, r)
	}
	return all
}

func proxy(region string, n int, capacity float64) *machine {
	host := "edge-" + region
	m := &machine{address: fmt.Sprintf("10.20.%d.5", n), capacity: capacity}
	m.host = &Resource{Attrs: append(place(region), Attr{"host.name", host}, Attr{"os.type", "linux"})}
	m.resource = &Resource{Attrs: append(place(region),
		Attr{"service.name", "edge-nginx"}, Attr{"service.namespace", "shop"}, Attr{"service.instance.id", host},
		Attr{"host.name", host}, Attr{"telemetry.sdk.language", "cpp"})}
	return m
}

func pod(service, region string, n int, capacity float64) *machine {
	host := fmt.Sprintf("node-%s-%d", region, n)
	name := fmt.Sprintf("%s-7c9d8f6b5-%05x", service, (n*2654435761)&0xfffff)
	m := &machine{java: true, address: fmt.Sprintf("10.30.%d.%d", n/200, n%200+10), route: fmt.Sprintf("was%d", n), capacity: capacity}
	m.host = &Resource{Attrs: append(place(region), Attr{"host.name", host}, Attr{"os.type", "linux"})}
	m.resource = &Resource{Attrs: append(place(region),
		Attr{"service.name", service}, Attr{"service.namespace", "shop"}, Attr{"service.instance.id", name},
		Attr{"k8s.pod.name", name}, Attr{"k8s.namespace.name", "shop"}, Attr{"k8s.node.name", host}, Attr{"host.name", host},
		Attr{"process.pid", int64(1)}, Attr{"telemetry.sdk.language", "java"})}
	m.gc = &gcTimes{}
	return m
}

func place(region string) []Attr {
	return []Attr{{"braid.region", region}, {"cloud.region", region}, {"deployment.environment.name", "prod"}}
}

// slowdown is how much longer work takes on a machine that is busy or short of memory.
func (m *machine) slowdown() float64 {
	queueing := 1 / (1 - min(m.busy, 0.9))
	collecting := 1 + 6*math.Pow(m.leaking, 4)
	return queueing * collecting
}
