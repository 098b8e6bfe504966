package symptom

import (
	"cmp"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/change"
)

const (
	// failing is the least own trouble that makes a service one that fails.
	failing = 0.35
	// slack is how far apart stamps of the same moment may be: metrics carry the minute.
	slack = 90 * time.Second
)

// Rank is a service that may have failed first.
type Rank struct {
	Service   string
	Indicator string // what shows it best: a metric, or "log error"
	Since     time.Time
	Score     float64
	// ExplainedBy is a service it calls whose own trouble accounts for it; empty when it stands for itself.
	ExplainedBy string
}

// Account is what a book says about a trouble.
type Account struct {
	Ranked   []Rank // first failing service first
	Affected []string
	Trouble  change.Trouble
}

// Account reads the book; false if nothing is wrong.
func (b *Book) Account() (Account, bool) {
	return b.AccountFor("")
}

// AccountFor is [Book.Account] where somebody else found out which service failed first; empty leaves that to the book.
// It is false if the book knows of no trouble of this service.
func (b *Book) AccountFor(service string) (Account, bool) {
	r := b.read()
	ranked := r.rank()
	if service != "" {
		slices.SortStableFunc(ranked, func(a, b Rank) int { return cmp.Compare(at(b.Service == service), at(a.Service == service)) })
	}
	if len(ranked) == 0 || service != "" && ranked[0].Service != service {
		return Account{}, false
	}
	first := ranked[0]
	a := Account{Ranked: ranked, Affected: r.affected(first)}
	a.Trouble = change.Trouble{Service: first.Service, Onset: first.Since, Normal: r.normal, Calls: r.edges, Load: r.users(first.Service)}
	for i := range r.symptoms {
		s := &r.symptoms[i]
		if s.Service == first.Service || slices.Contains(a.Affected, s.Service) || s.Kind == change.SymptomAlert {
			a.Trouble.Symptoms = append(a.Trouble.Symptoms, *s)
		}
	}
	return a, true
}

// at is 1 for what is meant.
func at(is bool) int {
	if is {
		return 1
	}
	return 0
}

// connect settles which services call which; where two seem to call each other the better seen direction wins.
func (r *reading) connect() {
	r.callers, r.callees = neighbours{}, neighbours{}
	for c, n := range r.calls {
		if back := r.calls[change.Call{Client: c.Server, Server: c.Client}]; back > n || back == n && c.Client > c.Server {
			continue
		}
		r.edges = append(r.edges, c)
	}
	slices.SortFunc(r.edges, func(a, b change.Call) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Server, b.Server))
	})
	for _, c := range r.edges {
		r.callees[c.Client] = append(r.callees[c.Client], c.Server)
		r.callers[c.Server] = append(r.callers[c.Server], c.Client)
	}
}

// rank orders the services in trouble. A service is explained by a service it calls, directly or not, that fails itself.
func (r *reading) rank() []Rank {
	paged := map[string]bool{}
	for _, a := range r.alerts {
		paged[a.Service] = true
	}
	var out []Rank
	var earliest time.Time
	for _, s := range r.standings {
		if s.since.IsZero() || s.own.total()+s.passed < failing {
			continue
		}
		if earliest.IsZero() || s.since.Before(earliest) {
			earliest = s.since
		}
	}
	for _, name := range r.names {
		s := r.standings[name]
		if s == nil || s.since.IsZero() || s.own.total()+s.passed < failing {
			continue
		}
		k := Rank{Service: name, Indicator: s.metric, Since: s.since, Score: s.own.total() + 0.2*s.passed}
		if paged[name] {
			k.Score += 0.3
		}
		k.Score -= min(0.6, 0.05*s.since.Sub(earliest).Minutes())
		if k.ExplainedBy = r.explainer(name); k.ExplainedBy != "" {
			k.Score *= 0.2
		}
		out = append(out, k)
	}
	slices.SortStableFunc(out, func(a, b Rank) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), a.Since.Compare(b.Since), cmp.Compare(a.Service, b.Service))
	})
	return out
}

// explainer is the failing service that a service calls, directly or through others, with most trouble of its own.
func (r *reading) explainer(service string) string {
	best, most := "", 0.0
	for _, callee := range r.callees.reach(service) {
		if s := r.standings[callee]; s != nil && s.own.total() >= 2*failing && s.own.total() > most {
			best, most = callee, s.own.total()
		}
	}
	return best
}

// neighbours are the services on the other side of a service's calls.
type neighbours map[string][]string

// reach gives the services next to a service and those next to them.
func (n neighbours) reach(from string) []string {
	var out []string
	seen := map[string]bool{from: true}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range n[queue[0]] {
			if !seen[next] {
				seen[next] = true
				out = append(out, next)
				queue = append(queue, next)
			}
		}
	}
	return out
}

// affected gives the services dragged down: in trouble too, not before the first one, and not called by it.
func (r *reading) affected(first Rank) []string {
	callers, callees := r.callers.reach(first.Service), r.callees.reach(first.Service)
	var out []string
	for _, name := range r.names {
		s := r.standings[name]
		if s == nil || name == first.Service || s.own.total()+s.passed < failing {
			continue
		}
		caller := slices.Contains(callers, name)
		if !caller && (slices.Contains(callees, name) || s.since.Before(first.Since.Add(-slack))) {
			continue
		}
		out = append(out, name)
	}
	return out
}

// users is how many times as much the users ask for: the most any service at the edge, or the failing one where none is
// seen to call it, has more of.
func (r *reading) users(first string) float64 {
	most := 0.0
	for name, s := range r.standings {
		if s.load > 0 && len(r.callers[name]) == 0 && (name == first || slices.Contains(r.callees.reach(name), first)) {
			most = max(most, s.load)
		}
	}
	return most
}
