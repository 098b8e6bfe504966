package rca

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// departing is a series that has had one duration for long, and ten times that since a step.
func departing(e *Engine, service string, since, to int32) *series {
	x := e.series(key{signal: sigSelf, service: service, operation: "/"}, 0)
	for step := int32(1); step < to; step++ {
		v := -4.
		if step >= since {
			v = -1.7
		}
		for range 5 {
			x.add(step, v, &e.quiet)
		}
	}
	return x
}

func TestRank_ScoresAsGoodAsEven_OnsetThenSharedHostDecide(t *testing.T) {
	const from, to = 40, 60
	for name, test := range map[string]struct {
		scores [3]float64
		since  [3]int32
		hosts  [3]string
		want   []string
	}{
		"first in trouble":            {[3]float64{10, 9.8, 9.7}, [3]int32{50, 50, 40}, [3]string{"h", "h", "g"}, []string{"c", "a", "b"}},
		"at once, on a shared host":   {[3]float64{10, 9.8, 9.7}, [3]int32{45, 45, 45}, [3]string{"g", "h", "h"}, []string{"b", "c", "a"}},
		"at once, each by itself":     {[3]float64{10, 9.8, 9.7}, [3]int32{45, 46, 45}, [3]string{"f", "g", "h"}, []string{"a", "b", "c"}},
		"one is clearly first":        {[3]float64{10, 9, 8.9}, [3]int32{50, 40, 40}, [3]string{"h", "h", "h"}, []string{"a", "b", "c"}},
		"the last stays where it was": {[3]float64{10, 9.9, 2}, [3]int32{50, 40, 40}, [3]string{"h", "h", "h"}, []string{"b", "a", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := New(Options{})
			var list []*suspect
			for i, service := range []string{"a", "b", "c"} {
				e.pods.Add(podKey{service, service + "-0"}, test.hosts[i])
				list = append(list, &suspect{
					service: service, score: test.scores[i], own: test.scores[i],
					leads: []lead{{kind: evSelf, series: departing(e, service, test.since[i], to)}},
				})
			}
			e.breakTie(list, &scene{from: from, to: to})
			var got []string
			for _, x := range list {
				got = append(got, x.service)
			}
			assert.Equal(t, test.want, got)
		})
	}
}
