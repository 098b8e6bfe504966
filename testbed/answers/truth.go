package answers

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/simulate"
)

// Truth is what the traffic was, as its maker knows it: read from the simulator's spans and points, not from what Braid made
// of them.
type Truth struct {
	seen []sighting
	// Requests are the entries into services and what browsers asked for, with how long they took and whether they failed.
	Requests []Request
	Orders   []Order
	Loads    []Load
	Floods   int // log-ins from the flooding address
	// Slowest is the trace that took longest, of those that began in a browser, and Spans how many spans each trace has.
	Slowest      time.Duration
	SlowestTrace simulate.TraceID
	Spans        map[simulate.TraceID]int
	// Visits are when the shop got a visitor: a request that comes without a session and is given one.
	Visits []time.Time

	services map[simulate.SpanID]string
	calls    []answered
}

// sighting is a user at a site at a time.
type sighting struct {
	at           time.Time
	user, region string
}

// Request is one request that a service answered, or that a browser made.
type Request struct {
	At       time.Time
	Took     time.Duration
	Service  string
	Region   string
	Name     string
	Session  string // as the browser calls it
	Failed   bool
	Checkout bool
}

// Order is one that was placed, with what it is worth.
type Order struct {
	At     time.Time
	Amount float64
}

// Load is a host's load as it reported it.
type Load struct {
	At     time.Time
	Host   string
	Metric string // cpu or memory
	Value  float64
}

// answered is what was done for the span of a caller, or asked of a database.
type answered struct {
	at               time.Time
	caller           simulate.SpanID
	service, of      string // of is the database's name, of a call to one
	failed, database bool
}

func (t *Truth) see(b *simulate.Batch) {
	if t.services == nil {
		t.services, t.Spans = map[simulate.SpanID]string{}, map[simulate.TraceID]int{}
	}
	for i := range b.Spans {
		t.span(&b.Spans[i])
	}
	for i := range b.Points {
		t.point(&b.Points[i])
	}
}

func (t *Truth) span(s *simulate.Span) {
	at, service := time.Unix(0, s.End), attr(s.Resource.Attrs, "service.name")
	t.services[s.ID] = service
	t.Spans[s.Trace]++
	if system := attr(s.Attrs, "db.system.name"); system != "" {
		t.calls = append(t.calls, answered{at: at, service: service, of: system + " " + attr(s.Attrs, "db.namespace"), failed: s.Failure != "", database: true})
	}
	browser := service == "shop-browser"
	if s.Kind != simulate.SpanKindServer && !browser {
		return
	}
	r := Request{
		At: at, Took: time.Duration(s.End - s.Start), Service: service, Region: attr(s.Resource.Attrs, "braid.region"), Name: s.Name,
		Session: attr(s.Attrs, "session.id"), Failed: s.Failure != "", Checkout: attr(s.Attrs, "http.route") == "/checkout",
	}
	t.Requests = append(t.Requests, r)
	if browser {
		if r.Took > t.Slowest {
			t.Slowest, t.SlowestTrace = r.Took, s.Trace
		}
		return
	}
	t.calls = append(t.calls, answered{at: at, caller: s.Parent, service: service, failed: s.Failure != ""})
	t.visitor(s, r)
}

// visitor reads who made a request, and what for.
func (t *Truth) visitor(s *simulate.Span, r Request) {
	if user := userOf(s.Attrs); user != "" {
		t.seen = append(t.seen, sighting{r.At, user, r.Region})
	}
	if attr(s.Attrs, "client.address") == "203.0.113.199" {
		t.Floods++
	}
	had, given := false, false
	for _, a := range s.Attrs {
		if amount, ok := a.Value.(float64); ok && a.Key == "app.order.amount" {
			t.Orders = append(t.Orders, Order{r.At, amount})
		}
		headers, _ := a.Value.([]string)
		for _, header := range headers {
			had = had || a.Key == "http.request.header.cookie" && strings.Contains(header, "JSESSIONID=")
			given = given || a.Key == "http.response.header.set-cookie" && strings.HasPrefix(header, "JSESSIONID=")
		}
	}
	if given && !had {
		t.Visits = append(t.Visits, r.At)
	}
}

func (t *Truth) point(p *simulate.Point) {
	host, at := attr(p.Resource.Attrs, "host.name"), time.Unix(0, p.Time)
	switch {
	case p.Name == "system.cpu.utilization" && attr(p.Attrs, "cpu.mode") == "idle":
		t.Loads = append(t.Loads, Load{at, host, "cpu", 100 * (1 - p.Value)})
	case p.Name == "system.memory.utilization":
		t.Loads = append(t.Loads, Load{at, host, "memory", 100 * p.Value})
	}
}

// Mean is the mean load in (from, to] by host; that of "" is of all.
func (t *Truth) Mean(metric string, from, to time.Time) map[string]float64 {
	sum, n := map[string]float64{}, map[string]float64{}
	for _, l := range t.Loads {
		if l.Metric == metric && within(l.At, from, to) {
			for _, host := range []string{l.Host, ""} {
				sum[host] += l.Value
				n[host]++
			}
		}
	}
	for host := range sum {
		sum[host] /= n[host]
	}
	return sum
}

func within(at, from, to time.Time) bool { return at.After(from) && !at.After(to) }

// Edge is a service and what it calls.
type Edge struct{ From, To string }

// Calls counts the calls between services, and those of them that failed, in (from, to].
func (t *Truth) Calls(from, to time.Time) map[Edge][2]int {
	out := map[Edge][2]int{}
	for _, c := range t.calls {
		e := Edge{t.services[c.caller], c.service}
		if c.database {
			e = Edge{c.service, c.of}
		}
		if e.From == "" || !within(c.at, from, to) {
			continue
		}
		n := out[e]
		n[0]++
		if c.failed {
			n[1]++
		}
		out[e] = n
	}
	return out
}

// Quantile is a quantile of how long requests took.
func Quantile(requests []Request, q float64) time.Duration {
	if len(requests) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(requests), func(x, y Request) int { return cmp.Compare(x.Took, y.Took) })
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Took
}

// Failed counts the requests that failed.
func Failed(requests []Request) (n int) {
	for i := range requests {
		if requests[i].Failed {
			n++
		}
	}
	return n
}

// userOf is the user whose cookie came with a request, or was given with its answer.
func userOf(attrs []simulate.Attr) string {
	user := ""
	for _, a := range attrs {
		list, ok := a.Value.([]string)
		if !ok {
			continue
		}
		for _, header := range list {
			_, rest, found := strings.Cut(header, "KHANUSER=")
			value, _, _ := strings.Cut(rest, ";")
			if name, err := url.QueryUnescape(value); found && err == nil && name != "" {
				user = name
			}
		}
	}
	return user
}

func attr(attrs []simulate.Attr, key string) string {
	for _, a := range attrs {
		if s, ok := a.Value.(string); ok && a.Key == key {
			return s
		}
	}
	return ""
}

// Users counts the people in (end−5m, end], at a site or, for "", everywhere.
func (t *Truth) Users(end time.Time, region string) int {
	users := map[string]bool{}
	for _, s := range t.seen {
		if s.at.After(end.Add(-5*time.Minute)) && !s.at.After(end) && (region == "" || s.region == region) {
			users[s.user] = true
		}
	}
	return len(users)
}

// Busiest is the most people in any five minutes of the last hour, which is the busiest there was, and when that was.
func (t *Truth) Busiest() (most int, at time.Time) {
	for end := Now.Add(-time.Hour); !end.After(Now); end = end.Add(10 * time.Second) {
		if n := t.Users(end, ""); n > most {
			most, at = n, end
		}
	}
	return most, at
}

// Count counts requests and failures of a service in (from, to].
func (t *Truth) Count(service string, from, to time.Time) (requests, failed int) {
	for _, r := range t.Of(service, "", from, to) {
		requests++
		if r.Failed {
			failed++
		}
	}
	return requests, failed
}

// Of are the requests of a service or, for "", of all, to one of its operations or, for "", all of them, in (from, to].
func (t *Truth) Of(service, operation string, from, to time.Time) []Request {
	var found []Request
	for _, r := range t.Requests {
		if (service == "" || r.Service == service) && (operation == "" || r.Name == operation) && within(r.At, from, to) {
			found = append(found, r)
		}
	}
	return found
}
