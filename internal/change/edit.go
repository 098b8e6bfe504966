package change

import (
	"path"
	"slices"
	"strings"
)

// edit is what a commit does at one place once lines that were only moved are taken out.
type edit struct {
	file, section string
	old, new      string   // the line before and after; one is empty where a line was added or removed
	subject       []string // terms of both: what the change is about
	gone, come    []string // terms of one only
	numbers       []numberEdit
	inLoop        bool // the new line is inside a loop

	// Made once by settle, because they are read for every trouble.
	shape     []shape
	net       phrase   // what went and came
	about     []string // words a changed number stands for
	aboutText phrase
	put, took []string // names that came and went
}

// numberEdit is a value that was changed.
type numberEdit struct {
	old, new quantity
	unit     bool // only the unit was changed, named by a word
}

// maxEdits bounds the edits read of one commit.
const maxEdits = 500

// maxPairing bounds the lines of one hunk that are compared with each other.
const maxPairing = 120

// edits reads a commit's patch.
func edits(c *Commit) []edit {
	files := c.Files[:min(len(c.Files), maxFiles)]
	hunks := parsePatch(c.Patch, files)
	moved := movedLines(hunks)
	var out []edit
	for i := range hunks {
		h := &hunks[i]
		loops := loopLines(h)
		var removed, added []int
		for j, l := range h.lines {
			key := squeeze(l.text)
			switch {
			case l.op == lineKept || key == "" || strings.Trim(key, "{}()[];,") == "":
			case moved[key] > 0:
			case l.op == lineRemoved:
				removed = append(removed, j)
			default:
				added = append(added, j)
			}
		}
		out = append(out, pairLines(h, removed, added, loops)...)
	}
	out = pairAcross(out[:min(len(out), maxEdits)])
	dropMovedTerms(out)
	for i := range out {
		out[i].settle()
	}
	return out
}

// settle makes what is read of an edit for every trouble.
func (e *edit) settle() {
	e.shape = e.shapes()
	e.net = newPhrase(strings.Join(slices.Concat(e.gone, e.come), " "))
	e.about = slices.Concat(e.subject, e.gone, e.come, words(e.section), words(strings.TrimSuffix(path.Base(e.file), path.Ext(e.file))))
	e.aboutText = newPhrase(strings.Join(e.about, " "))
	e.put, e.took = literals(e.new), literals(e.old)
}

// pairAcross matches what was removed in one place with what was added like it in another: settings that moved.
func pairAcross(all []edit) []edit {
	if len(all) > 2*maxPairing {
		return all
	}
	gone := make([]bool, len(all))
	for i := range all {
		if all[i].new != "" {
			continue
		}
		best, bestLike := -1, 0.6
		for j := range all {
			if all[j].old != "" || gone[j] {
				continue
			}
			if like := likeness(all[i].gone, all[j].come); like > bestLike {
				best, bestLike = j, like
			}
		}
		if best >= 0 {
			gone[i] = true
			all[best].old = all[i].old
			all[best].subject, all[best].gone, all[best].come = nil, nil, nil
			all[best] = all[best].compare()
		}
	}
	out := all[:0]
	for i := range all {
		if !gone[i] {
			out = append(out, all[i])
		}
	}
	return out
}

// movedLines counts the lines that a commit both removes and adds.
func movedLines(hunks []hunk) map[string]int {
	removed, moved := map[string]int{}, map[string]int{}
	for _, h := range hunks {
		for _, l := range h.lines {
			if l.op == lineRemoved {
				removed[squeeze(l.text)]++
			}
		}
	}
	for _, h := range hunks {
		for _, l := range h.lines {
			if key := squeeze(l.text); l.op == lineAdded && removed[key] > 0 {
				moved[key]++
			}
		}
	}
	return moved
}

func squeeze(line string) string { return strings.Join(strings.Fields(line), " ") }

// pairLines matches each removed line with the added line most like it, in a hunk.
func pairLines(h *hunk, removed, added []int, loops map[int]bool) []edit {
	var out []edit
	taken := make(map[int]bool, len(added))
	candidates := glances(h, added[:min(len(added), maxPairing)])
	for _, before := range glances(h, removed[:min(len(removed), maxPairing)]) {
		r, best, bestLike := before.line, -1, 0.45
		for i := range candidates {
			if taken[candidates[i].line] {
				continue
			}
			if like := before.like(&candidates[i]); like > bestLike {
				best, bestLike = candidates[i].line, like
			}
		}
		e := edit{file: h.file, section: h.section, old: h.lines[r].text}
		if best >= 0 {
			taken[best] = true
			e.new, e.inLoop = h.lines[best].text, loops[best]
		}
		out = append(out, e.compare())
	}
	for _, a := range added {
		if !taken[a] {
			out = append(out, edit{file: h.file, section: h.section, new: h.lines[a].text, inLoop: loops[a]}.compare())
		}
	}
	return out
}

// glance is a line prepared for comparing it with many others.
type glance struct {
	line     int
	terms    []string
	numbered bool // it sets one number
}

func glances(h *hunk, lines []int) []glance {
	out := make([]glance, len(lines))
	for i, l := range lines {
		out[i] = glance{line: l, terms: terms(h.lines[l].text), numbered: len(quantities(h.lines[l].text)) == 1}
	}
	return out
}

func (g *glance) like(o *glance) float64 {
	like := likeness(g.terms, o.terms)
	if like > 0 && g.numbered && o.numbered {
		like += 0.2 // a setting that also got another name
	}
	return like
}

// compare fills in what the two lines have in common and what not.
func (e edit) compare() edit {
	before, after := terms(e.old), terms(e.new)
	for _, t := range before {
		if slices.Contains(after, t) {
			e.subject = append(e.subject, t)
		} else {
			e.gone = append(e.gone, t)
		}
	}
	for _, t := range after {
		if !slices.Contains(before, t) {
			e.come = append(e.come, t)
		}
	}
	if e.old == "" || e.new == "" {
		return e
	}
	was, is := lineQuantities(e.old), lineQuantities(e.new)
	for i := range min(len(was), len(is)) {
		if len(was) == len(is) && was[i] != is[i] {
			e.numbers = append(e.numbers, numberEdit{old: was[i], new: is[i]})
		}
	}
	if len(e.numbers) == 0 {
		e.numbers = unitEdit(e.gone, e.come)
	}
	return e
}

// unitEdit finds a unit of time that took another's place: "unit: second" became "unit: minute".
func unitEdit(gone, come []string) []numberEdit {
	unit := func(all []string) (float64, bool) {
		for _, t := range all {
			if u, ok := units[t]; ok && u.dim == dimTime && len(t) > 3 {
				return u.scale, true
			}
		}
		return 0, false
	}
	was, ok := unit(gone)
	is, too := unit(come)
	if !ok || !too || was == is {
		return nil
	}
	return []numberEdit{{old: quantity{was, dimTime}, new: quantity{is, dimTime}, unit: true}}
}

// likeness is the overlap of two bags of terms, in [0, 1].
func likeness(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	both := 0
	for _, t := range a {
		if slices.Contains(b, t) {
			both++
		}
	}
	return 2 * float64(both) / float64(len(a)+len(b))
}

// dropMovedTerms forgets terms that leave at one place and come in at another: a helper drawn out, a file renamed.
func dropMovedTerms(all []edit) {
	gone, come := map[string]bool{}, map[string]bool{}
	for _, e := range all {
		for _, t := range e.gone {
			gone[t] = true
		}
		for _, t := range e.come {
			come[t] = true
		}
	}
	for i := range all {
		both := func(t string) bool { return gone[t] && come[t] }
		all[i].gone = slices.DeleteFunc(all[i].gone, both)
		all[i].come = slices.DeleteFunc(all[i].come, both)
	}
}

// loopLines tells which lines of the new side stand inside a loop, by their indentation.
func loopLines(h *hunk) map[int]bool {
	inside := map[int]bool{}
	loop := -1
	for i, l := range h.lines {
		if l.op == lineRemoved || strings.TrimSpace(l.text) == "" {
			continue
		}
		depth := len(l.text) - len(strings.TrimLeft(l.text, " \t"))
		if loop >= 0 && depth <= loop {
			loop = -1
		}
		if loop >= 0 {
			inside[i] = true
		} else if loopPattern.MatchString(l.text) {
			loop = depth
		}
	}
	return inside
}
