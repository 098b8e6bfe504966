package incident

import (
	"slices"
	"strings"
	"time"
)

// Node names a service, or an instance of one, in a topology: two systems may have services of one name.
func Node(scope, name string) string {
	if name == "" {
		return ""
	}
	return scope + "/" + name
}

// Topology is which services call which, by their Node, learnt from the calls seen, in bounded memory.
type Topology struct {
	limit   int
	edges   map[[2]string]time.Time // client and server to when last seen
	grown   int                     // calls seen since the last new edge
	roots   map[string]string       // service to its component; nil when to be found again
	evicted int64

	services map[string]string // of an instance
}

// matureAfter is how many calls must bring nothing new before a missing path counts as proof that there is none.
const matureAfter = 500

// NewTopology returns an empty topology of at most limit edges.
func NewTopology(limit int) *Topology {
	return &Topology{limit: limit, edges: map[[2]string]time.Time{}, services: map[string]string{}}
}

// Observe takes in a call.
func (t *Topology) Observe(client, server string, at time.Time) {
	if client == "" || server == "" || client == server {
		return
	}
	edge := [2]string{client, server}
	if seen, ok := t.edges[edge]; ok {
		t.grown++
		if at.After(seen) {
			t.edges[edge] = at
		}
		return
	}
	if len(t.edges) >= t.limit {
		t.evict()
	}
	t.edges[edge] = at
	t.grown, t.roots = 0, nil
}

// place notes that an instance is one of a service.
func (t *Topology) place(instance, service string) {
	if instance == "" || service == "" || t.services[instance] == service {
		return
	}
	if len(t.services) >= t.limit {
		clear(t.services) // learnt again with the next alerts
	}
	t.services[instance] = service
}

// serviceOf is the service of an instance; what is no instance known is taken for a service.
func (t *Topology) serviceOf(name string) string {
	if service, ok := t.services[name]; ok {
		return service
	}
	return name
}

// evict forgets the eighth of the edges seen least recently.
func (t *Topology) evict() {
	type seen struct {
		edge [2]string
		at   time.Time
	}
	all := make([]seen, 0, len(t.edges))
	for e, at := range t.edges {
		all = append(all, seen{e, at})
	}
	slices.SortFunc(all, func(a, b seen) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return strings.Compare(a.edge[0]+"\x00"+a.edge[1], b.edge[0]+"\x00"+b.edge[1])
	})
	n := max(1, len(all)/8)
	for _, s := range all[:n] {
		delete(t.edges, s.edge)
	}
	t.evicted += int64(n)
	t.roots = nil
}

// component names the part of the system a service is in: all that it reaches by calls, in either direction. It says
// nothing of a service without calls, and of none while new calls are still being learnt.
func (t *Topology) component(service string) (string, bool) {
	if t.grown < matureAfter {
		return "", false
	}
	if t.roots == nil {
		t.connect()
	}
	root, ok := t.roots[service]
	return root, ok
}

// connect finds the components; each is named by the first of its services in order.
func (t *Topology) connect() {
	parent := map[string]string{}
	find := func(s string) string {
		for {
			p, ok := parent[s]
			if !ok {
				parent[s] = s
				return s
			}
			if p == s {
				return s
			}
			s = p
		}
	}
	for e := range t.edges {
		a, b := find(e[0]), find(e[1])
		if b < a {
			a, b = b, a
		}
		parent[b] = a
	}
	t.roots = make(map[string]string, len(parent))
	for s := range parent {
		t.roots[s] = find(s)
	}
}

// Calls reports whether client was seen calling server.
func (t *Topology) Calls(client, server string) bool {
	_, ok := t.edges[[2]string{client, server}]
	return ok
}

// Edges returns the calls known, in order.
func (t *Topology) Edges() [][2]string {
	out := make([][2]string, 0, len(t.edges))
	for e := range t.edges {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b [2]string) int {
		if c := strings.Compare(a[0], b[0]); c != 0 {
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	return out
}
