//go:build integration

package resilience

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// outcome is what reached the sink.
type outcome struct {
	spans    map[spanNumber]string
	restamps int
	events   map[string]bool
	sketches map[string]map[uint64]bool
}

// count returns how many events have the name.
func (o *outcome) count(name string) int {
	n := 0
	for event := range o.events {
		if strings.HasPrefix(event, name+" ") {
			n++
		}
	}
	return n
}

// missing returns how many spans of the input have not arrived.
func (o *outcome) missing(in *input) int {
	n := 0
	for number := range in.spans {
		if _, ok := o.spans[number]; !ok {
			n++
		}
	}
	return n
}

// assertEqual holds an outcome against that of the undisturbed run: every span with the same session, the same events to
// the last attribute, the same identities in every sketch.
func (o *outcome) assertEqual(t *testing.T, in *input, undisturbed *outcome) {
	t.Helper()
	assert.Zero(t, o.missing(in), "acknowledged spans that were lost")
	stamps := map[string]bool{}
	for number, session := range o.spans {
		if session != undisturbed.spans[number] {
			stamps[fmt.Sprintf("span %d: %q instead of %q", number, session, undisturbed.spans[number])] = true
		}
	}
	assert.Empty(t, some(stamps), "spans stamped otherwise than in the undisturbed run")
	assert.Empty(t, some(difference(undisturbed.events, o.events)), "events of the undisturbed run that are missing")
	assert.Empty(t, some(difference(o.events, undisturbed.events)), "events that the undisturbed run does not have")
	assert.Empty(t, some(sketchDifference(undisturbed.sketches, o.sketches)), "sketches that differ")
}

// some returns a few of the lines, so that a failure can be read.
func some(lines map[string]bool) []string {
	const enough = 6
	sorted := slices.Sorted(maps.Keys(lines))
	if n := len(sorted); n > enough {
		return append(sorted[:enough], fmt.Sprintf("… %d in all", n))
	}
	return sorted
}

func difference(of, without map[string]bool) map[string]bool {
	left := map[string]bool{}
	for line := range of {
		if !without[line] {
			left[line] = true
		}
	}
	return left
}

// sketchDifference lists the sketches that hold other identities than they should.
func sketchDifference(want, got map[string]map[uint64]bool) map[string]bool {
	lines := map[string]bool{}
	for bucket, hashes := range want {
		found := 0
		for hash := range hashes {
			if got[bucket][hash] {
				found++
			}
		}
		if found < len(hashes) || len(got[bucket]) > found {
			lines[fmt.Sprintf("%s: %d identities instead of %d", bucket, len(got[bucket]), len(hashes))] = true
		}
	}
	for bucket := range got {
		if want[bucket] == nil {
			lines[bucket+": not in the undisturbed run"] = true
		}
	}
	return lines
}
