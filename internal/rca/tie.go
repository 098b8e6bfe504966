package rca

import (
	"cmp"
	"slices"
)

const (
	asGoodAs = .4 // nats by which scores differ that are as good as even: odds of three to two
	atOnce   = 3  // steps within which two onsets are the same
)

// breakTie puts first, of the suspects that are as good as even with the first, the one whose trouble began first; of those
// whose trouble began at once, the one whose hosts more of the others in trouble share.
func (e *Engine) breakTie(list []*suspect, s *scene) {
	n := 0
	for n < len(list) && list[n].score > 0 && list[0].score-list[n].score < asGoodAs {
		n++
	}
	if n < 2 {
		return
	}
	onsets, hosts, shared := map[*suspect]int32{}, e.hosts(), map[*suspect]int{}
	first := s.to
	for _, x := range list[:n] {
		onsets[x] = e.onset(x, s)
		first = min(first, onsets[x])
		for _, y := range list {
			if y != x && y.own > 0 && slices.ContainsFunc(hosts[y.service], func(host string) bool { return slices.Contains(hosts[x.service], host) }) {
				shared[x]++
			}
		}
	}
	slices.SortStableFunc(list[:n], func(a, b *suspect) int {
		return cmp.Or(cmp.Compare((onsets[a]-first)/atOnce, (onsets[b]-first)/atOnce), cmp.Compare(shared[b], shared[a]))
	})
}

// onset is the step from which on what speaks most for a suspect departs from its normal.
func (e *Engine) onset(x *suspect, s *scene) int32 {
	for _, l := range x.leads {
		if l.series != nil {
			return e.departed(l.series, s)
		}
	}
	return s.from
}

// hosts are those on which each service's pods run.
func (e *Engine) hosts() map[string][]string {
	hosts := map[string][]string{}
	for _, k := range e.pods.Keys() {
		if host, _ := e.pods.Peek(k); host != "" && !slices.Contains(hosts[k.service], host) {
			hosts[k.service] = append(hosts[k.service], host)
		}
	}
	return hosts
}
