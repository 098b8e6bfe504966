package identity

import "iter"

// target is what is looked for: its rules, and for each of them a guard.
type target struct {
	guards []guard
	rules  []compiled
}

// guard tells at the price of a comparison that a rule finds nothing in an item. Guards lie close together: most items
// have nothing for most rules, whose own memory then is not looked at.
type guard struct {
	bit    uint64 // of the rule's slot in Fields.mask; zero: not an attribute
	source Source
}

// candidates yields the rules that may find something in the fields, in their order.
func (t *target) candidates(f *Fields, cookies bool) iter.Seq[*compiled] {
	return func(yield func(*compiled) bool) {
		for i := range t.guards {
			if !t.guards[i].idle(f, cookies) && !yield(&t.rules[i]) {
				return
			}
		}
	}
}

func (g *guard) idle(f *Fields, cookies bool) bool {
	switch g.source {
	case SourceAttribute, SourceHeader:
		return f.mask&g.bit == 0
	case SourceCookie:
		return !cookies
	case SourceBody:
		return f.Body == ""
	case SourceNone, SourceMetadata, SourceTrace:
	}
	return false
}
