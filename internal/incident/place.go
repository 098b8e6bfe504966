package incident

import "cmp"

// places says of each unsettled alert where it happened: only alerts of one place can share an incident. A place is the
// services that reach each other by calls. A service whose calls are unknown belongs to the place that has most alerts of
// its scope, and what has no service to the place of its host.
func (g *Grouper) places() []string {
	out := make([]string, len(g.live))
	scopes := map[string]map[string]int{} // alerts by scope and place
	hosts := map[string]string{}
	for i := range g.live {
		a := &g.live[i].Alert
		if root, ok := g.topology.component(a.node()); ok {
			out[i] = "calls:" + root
			if scopes[a.Scope] == nil {
				scopes[a.Scope] = map[string]int{}
			}
			scopes[a.Scope][out[i]]++
		}
	}
	for i := range g.live {
		a := &g.live[i].Alert
		if out[i] == "" {
			out[i] = cmp.Or(most(scopes[a.Scope]), "scope:"+a.Scope)
		}
		if a.Host != "" && a.Service != "" {
			hosts[a.Host] = out[i]
		}
	}
	for i := range g.live {
		if a := &g.live[i].Alert; a.Service == "" && hosts[a.Host] != "" {
			out[i] = hosts[a.Host]
		}
	}
	return out
}

// most is the name counted most often, the first in order of several.
func most(counts map[string]int) string {
	best := ""
	for name, n := range counts {
		if best == "" || n > counts[best] || n == counts[best] && name < best {
			best = name
		}
	}
	return best
}
