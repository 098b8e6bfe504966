package rca

import "slices"

// graph is who calls whom, in order of names.
type graph struct{ callers, callees map[string][]string }

// graph is made of the calls that are known.
func (e *Engine) graph() *graph {
	g := &graph{map[string][]string{}, map[string][]string{}}
	for _, r := range e.calls.Keys() {
		g.callers[r.server] = append(g.callers[r.server], r.client)
		g.callees[r.client] = append(g.callees[r.client], r.server)
	}
	for _, names := range g.callers {
		slices.Sort(names)
	}
	for _, names := range g.callees {
		slices.Sort(names)
	}
	return g
}

// path leads from a service to where the system is entered, the shortest way, against the calls.
func (g *graph) path(service string) []string {
	before := map[string]string{service: ""}
	for queue := []string{service}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if len(g.callers[at]) == 0 {
			var path []string
			for x := at; x != ""; x = before[x] {
				path = append(path, x)
			}
			slices.Reverse(path)
			return path
		}
		for _, next := range g.callers[at] {
			if _, seen := before[next]; !seen {
				before[next] = at
				queue = append(queue, next)
			}
		}
	}
	return []string{service}
}
