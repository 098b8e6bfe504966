package change

import (
	"fmt"
	"math"
	"slices"
)

// causes finds the edit of a commit that best brings about what was sighted.
func (s *suspect) causes(seen *sighting, speaks *troubleTerms) (Evidence, string) {
	best, id := Evidence{Kind: EvidenceMechanism}, ""
	for i := range s.edits {
		e := &s.edits[i]
		for m := range mechanisms {
			mech := &mechanisms[m]
			if seen.strength[m] == 0 || mech.external {
				continue
			}
			strength, how := e.brings(mech)
			if slices.Contains(e.shape, shapeVersion) && !speaks.anyOf(e.subject) {
				strength *= 0.25 // a version of something the failure does not speak of
			}
			if w := mostMechanism * strength * seen.strength[m]; w > best.Weight {
				best.Weight, id = w, mech.id
				best.Text = fmt.Sprintf("%s (%s): it %s in %s", mech.id, seen.text[m], how, e.where())
			}
		}
	}
	return best, id
}

// brings is how well an edit brings a mechanism about, in [0, 1], and how.
func (e *edit) brings(m *mechanism) (float64, string) {
	net, about := e.net, e.aboutText
	best, how := 0.0, ""
	for _, s := range m.shapes {
		if slices.Contains(e.shape, s) {
			if w := shapeWeight(s, m, about); w > best {
				best, how = w, string(s)
			}
		}
	}
	for _, n := range e.numbers {
		if w, _ := m.hurts(n, about); w > best {
			best, how = w, fmt.Sprintf("changes %g to %g", n.old.value, n.new.value)
		}
	}
	if best > 0 || len(e.numbers) > 0 {
		return best, how
	}
	switch {
	case !net.any(m.edits) && !about.any(m.edits):
		return 0, ""
	case e.protects():
		return 0.1, "guards against that"
	case net.any(m.edits):
		return 0.4, "changes what that depends on"
	}
	return 0.3, "changes something near what that depends on"
}

// eased is what is left of a change in the direction that does not hurt.
const eased = 0.15

// shapeWeight is lower for shapes that are frequent unless the edit also speaks of the mechanism.
func shapeWeight(s shape, m *mechanism, about phrase) float64 {
	switch s {
	case shapeCall:
		return 0.4
	case shapeKey:
		return 0.8
	case shapeNested, shapeEagerGone:
		return 1
	case shapePattern:
		return 0.6
	case shapeSwitched, shapeRenamed, shapeNewTable, shapeNeedsSetting, shapeLimitGone, shapeReleaseGone, shapePauseGone, shapeCallInLoop, shapeLocks, shapeVersion, shapeGuardGone, shapeColumnGone, shapeLoud:
		if !about.any(m.edits) && !about.any(m.shows) {
			return 0.6
		}
	}
	return 1
}

// hurts weighs a changed number: how far it moved, and in which direction. It is false if the mechanism is not about it.
func (m *mechanism) hurts(n numberEdit, about phrase) (best float64, is bool) {
	for i := range m.levers {
		if about.any(m.levers[i].about) {
			best, is = max(best, m.levers[i].hurts(n)), true
		}
	}
	return best, is
}

func (m *lever) hurts(n numberEdit) float64 {
	if n.old.value == n.new.value {
		return 0
	}
	size := 1.0
	if n.old.value > 0 && n.new.value > 0 {
		size = min(1, math.Abs(math.Log(n.new.value/n.old.value))/math.Log(3))
	}
	lower := n.new.value < n.old.value
	switch {
	case n.unit:
		return size // per second or a second: the unit alone does not tell the direction
	case m.worse == 0:
		return size * 0.9
	case lower == (m.worse < 0):
		return size
	}
	return size * eased
}

// eases says whether a commit does nothing but change numbers, some in the direction that helps and none in the other.
func (s *suspect) eases(seen *sighting) bool {
	eases := false
	for i := range s.edits {
		e := &s.edits[i]
		if len(e.numbers) == 0 {
			return false
		}
		for _, n := range e.numbers {
			helps, about := e.effect(n, seen)
			if about && !helps {
				return false
			}
			eases = eases || helps
		}
	}
	return eases
}

// effect says whether a changed number is about anything that was sighted, and if so whether it makes all of it less
// likely: a pool that was made larger.
func (e *edit) effect(n numberEdit, seen *sighting) (helps, known bool) {
	for m := range mechanisms {
		if seen.strength[m] == 0 {
			continue
		}
		if w, is := mechanisms[m].hurts(n, e.aboutText); is {
			if known = true; w > 0.2 {
				return false, true
			}
		}
	}
	return known, known
}

// protects says whether an edit only adds a guard, a release or a bound.
func (e *edit) protects() bool {
	return e.old == "" && (createPattern.MatchString(e.new) || guardPattern.MatchString(e.new) || releasePattern.MatchString(e.new) || limitPattern.MatchString(e.new))
}

func (e *edit) where() string {
	if e.file == "" {
		return "the patch"
	}
	return e.file
}
