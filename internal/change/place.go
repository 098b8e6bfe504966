package change

import (
	"slices"
	"strings"
	"time"
)

// scene is what a trouble says about where services stand to each other.
type scene struct {
	trouble  *Trouble
	onset    time.Time
	services []string
	callers  map[string]bool // of the failing service, directly or not
	callees  map[string]bool
	troubled map[string]bool // services with symptoms
	common   map[string]bool // words of service names, which are no evidence
	said     []saying        // the symptoms, read
	all      string          // all they say
}

func newScene(t *Trouble, deployments []Deployment) *scene {
	s := &scene{trouble: t, onset: t.Onset, troubled: map[string]bool{}, common: map[string]bool{}}
	seen := map[string]bool{}
	see := func(service string) {
		if service != "" && !seen[service] {
			seen[service] = true
			s.services = append(s.services, service)
		}
	}
	see(t.Service)
	for i := range t.Symptoms {
		see(t.Symptoms[i].Service)
		s.troubled[t.Symptoms[i].Service] = true
	}
	for _, c := range t.Calls {
		see(c.Client)
		see(c.Server)
	}
	for i := range deployments {
		see(deployments[i].Service)
	}
	for _, name := range s.services {
		for _, w := range terms(name) {
			s.common[w] = true
		}
		s.common[strings.Join(stem(name), "")] = true
	}
	s.callers = reach(t.Service, t.Calls, func(c Call) (string, string) { return c.Server, c.Client })
	s.callees = reach(t.Service, t.Calls, func(c Call) (string, string) { return c.Client, c.Server })
	s.listen()
	return s
}

// reach follows calls from a service, itself left out.
func reach(from string, calls []Call, ends func(Call) (near, far string)) map[string]bool {
	out := map[string]bool{}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, c := range calls {
			if near, far := ends(c); near == queue[0] && far != from && !out[far] {
				out[far] = true
				queue = append(queue, far)
			}
		}
	}
	return out
}

// relevance is how much a symptom tells about the cause. What a neighbour shows by itself, and not
// after the failing service's own first symptom, may be how the trouble came about; the rest is consequence.
func (s *scene) relevance(x *Symptom) float64 {
	switch {
	case x.Service == s.trouble.Service:
		return x.weight()
	case !x.Passed && x.Kind != SymptomAlert && !x.Since.After(s.onset.Add(slack)) && (s.callers[x.Service] || s.callees[x.Service]):
		return 0.8 * x.weight()
	}
	return 0.35 * x.weight()
}

// near is how close a service is to the failing one: 1 itself, less for those that call it or are called.
func (s *scene) near(service string) (float64, string) {
	switch {
	case service == s.trouble.Service:
		return 1, "the failing service"
	case s.callers[service]:
		return 0.85, "a caller of the failing service"
	case s.callees[service]:
		return 0.8, "called by the failing service"
	case s.troubled[service]:
		return 0.5, "a service in trouble too"
	}
	return 0.12, "a service that has no part in it"
}

// endings of service names that folders leave out.
var endings = []string{"service", "svc", "server", "app", "deployment", "worker"}

// stem gives the words of a service name that tell it from others: inventoryservice gives inventory.
func stem(service string) []string {
	name := strings.ToLower(service)
	for _, s := range endings {
		if cut := strings.TrimRight(strings.TrimSuffix(name, s), "-_."); cut != "" && cut != name {
			name = cut
			break
		}
	}
	return strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == '/' })
}

// homes are folders whose children are services.
var homes = []string{"services", "service", "apps", "svc", "microservices"}

// owner says which service a file belongs to; empty for what services share. A service that is not known gives "?".
func (s *scene) owner(file string) string {
	folders := strings.Split(strings.ToLower(file), "/")
	folders = folders[:len(folders)-1]
	best, bestLen := "", 0
	for _, service := range s.services {
		if n := matches(stem(service), folders); n > bestLen {
			best, bestLen = service, n
		}
	}
	if best != "" {
		return best
	}
	for i, f := range folders[:max(0, len(folders)-1)] {
		if slices.Contains(homes, f) && folders[i+1] != "common" && folders[i+1] != "shared" {
			return "?"
		}
	}
	return ""
}

// matches gives the length of the service's words if all are found in the folders, else 0.
func matches(words, folders []string) int {
	n := 0
	for _, w := range words {
		found := slices.ContainsFunc(folders, func(f string) bool {
			return f == w || slices.Contains(stem(f), w) || strings.Join(stem(f), "") == w
		})
		if !found {
			return 0
		}
		n += len(w)
	}
	if joined := strings.Join(words, ""); n == 0 && slices.Contains(folders, joined) {
		return len(joined)
	}
	return n
}

// belongs is how close the files of a commit are to the failing service.
func (s *scene) belongs(c *Commit) (float64, string) {
	best, why := 0.0, ""
	for _, f := range c.Files[:min(len(c.Files), maxFiles)] {
		if harmlessFile(f) != "" {
			continue
		}
		weight, text := 0.9, f+" is shared"
		if owner := s.owner(f); owner == "?" {
			weight, text = 0.12, f+" belongs to another service"
		} else if owner != "" {
			near, what := s.near(owner)
			weight, text = near, f+" is of "+owner+", "+what
		}
		if weight > best {
			best, why = weight, text
		}
	}
	if why == "" {
		return 0.6, "no files known"
	}
	return best, why
}
