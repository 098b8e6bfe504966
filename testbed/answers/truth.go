package answers

import (
	"net/url"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/simulate"
)

// Truth is what the traffic was, as its maker knows it: read from the simulator's spans, not from what Braid made of them.
type Truth struct {
	seen []sighting
	// Requests are the entries into services, with how long they took and whether they failed.
	Requests []Request
	Floods   int // log-ins from the flooding address
	// Slowest is the trace that took longest, of those that began in a browser.
	Slowest time.Duration
}

// sighting is a user at a site at a time.
type sighting struct {
	at           time.Time
	user, region string
}

// Request is one request that a service answered.
type Request struct {
	At       time.Time
	Took     time.Duration
	Service  string
	Region   string
	Name     string
	Failed   bool
	Checkout bool
}

func (t *Truth) see(b *simulate.Batch) {
	for i := range b.Spans {
		s := &b.Spans[i]
		if attr(s.Resource.Attrs, "service.name") == "shop-browser" {
			t.Slowest = max(t.Slowest, time.Duration(s.End-s.Start))
		}
		if s.Kind != simulate.SpanKindServer {
			continue
		}
		at, region, service := time.Unix(0, s.End), attr(s.Resource.Attrs, "braid.region"), attr(s.Resource.Attrs, "service.name")
		if user := userOf(s.Attrs); user != "" {
			t.seen = append(t.seen, sighting{at, user, region})
		}
		if attr(s.Attrs, "client.address") == "203.0.113.199" {
			t.Floods++
		}
		t.Requests = append(t.Requests, Request{
			At: at, Took: time.Duration(s.End - s.Start), Service: service, Region: region, Name: s.Name, Failed: s.Failure != "",
			Checkout: attr(s.Attrs, "http.route") == "/checkout",
		})
	}
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

// Of are the requests of a service, to one of its operations or, for "", all of them, in (from, to].
func (t *Truth) Of(service, operation string, from, to time.Time) []Request {
	var found []Request
	for _, r := range t.Requests {
		if r.Service == service && (operation == "" || r.Name == operation) && r.At.After(from) && !r.At.After(to) {
			found = append(found, r)
		}
	}
	return found
}
