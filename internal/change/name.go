package change

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	mostName = 2.2
	// mostChance is what going to the failing service just before adds: never enough to convict by itself.
	mostChance = 1.0
)

// literalPattern finds what a line names: a text in quotes, a host, a compound name.
var literalPattern = regexp.MustCompile("\"[^\"]{5,120}\"|'[^']{5,120}'|`[^`]{5,120}`|[A-Za-z0-9_][\\w.-]*[A-Za-z0-9_]")

// literals gives what a line names that could stand in a failure's text: quoted texts and names of several words.
func literals(line string) []string {
	var out []string
	for _, m := range literalPattern.FindAllString(line, maxQuantities) {
		m = strings.TrimSpace(strings.Trim(m, "\"'`"))
		if len(m) >= 8 && strings.ContainsAny(m, "_-.:/ ") || camel(m) {
			out = append(out, m)
		}
		if strings.ContainsAny(m, " (") { // a statement: its names count too
			identifiers(m, func(name string) {
				if len(name) >= 8 && strings.Contains(name, "_") {
					out = append(out, name)
				}
			})
		}
	}
	return out
}

// camel says whether a name is made of several words without separators.
func camel(name string) bool {
	humps := 0
	for i, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
		if i > 0 && unicode.IsUpper(r) {
			humps++
		}
	}
	return humps > 0 && len(name) >= 8
}

// name looks in what fails for what the commit put in or took out.
func (s *suspect) name(c *scene, rarity func(string) float64) (Evidence, bool) {
	best := Evidence{Kind: EvidenceName}
	for i := range s.edits {
		e := &s.edits[i]
		for _, side := range []struct {
			names   []string
			without string
			weight  float64
			how     string
		}{{e.put, e.old, 1, "put in"}, {e.took, e.new, 0.8, "took out"}} {
			for _, literal := range side.names {
				if strings.Contains(side.without, literal) || !strings.Contains(c.all, literal) || s.moves(literal) || c.everyday(literal) {
					continue
				}
				w, symptom := c.names(literal)
				if w *= side.weight * mostName * rarity(strings.ToLower(literal)); w > best.Weight {
					best.Weight, best.Text = w, fmt.Sprintf("the failure names %s, which the commit %s (%s)", literal, side.how, symptom)
				}
			}
		}
	}
	return best, best.Weight > 0
}

// everyday says whether a text is the name of a service, or part of one: those are named by whatever fails.
func (s *scene) everyday(literal string) bool {
	literal = strings.ToLower(literal)
	return slices.ContainsFunc(s.services, func(service string) bool { return strings.Contains(strings.ToLower(service), literal) })
}

// moves says whether a commit takes a text out and puts it in.
func (s *suspect) moves(literal string) bool {
	out, in := false, false
	for i := range s.edits {
		out = out || strings.Contains(s.edits[i].old, literal)
		in = in || strings.Contains(s.edits[i].new, literal)
	}
	return out && in
}

// naming is what a name in a symptom is worth: at the failing service a warning names as well as an error does.
func (s *saying) naming(c *scene) float64 {
	if s.Service == c.trouble.Service && !s.Passed {
		return max(s.relevance, 0.85)
	}
	return s.relevance
}

// names finds the most relevant symptom that names something which nobody names while all is well.
func (s *scene) names(literal string) (float64, string) {
	best, text := 0.0, ""
	for i := range s.said {
		x := &s.said[i]
		if x.Kind == SymptomMetric || x.Kind == SymptomAlert && x.Service != s.trouble.Service {
			continue
		}
		if w := x.naming(s); w > best && contains(x.text, literal) {
			best, text = w, x.describe()
		}
	}
	if best > 0 {
		for _, normal := range s.trouble.Normal {
			if contains(normal, literal) {
				return 0.2 * best, text
			}
		}
	}
	return best, text
}

// contains finds a name that is not part of a longer one.
func contains(text, name string) bool {
	for rest := text; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		end := i + len(name)
		if (i == 0 || !within(rest[i-1])) && (end == len(rest) || !within(rest[end])) {
			return true
		}
		rest = rest[end:]
	}
}

func within(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// circumstance is what it is worth that a commit went to the failing service, or to a neighbour that showed something by
// itself, just before. Bumped versions and drawn-out helpers are worth less than numbers, guards and queries.
func (s *suspect) circumstance(place float64, at arrival, c *scene, seen *sighting) (Evidence, bool) {
	d := at.deployment
	lead := c.onset.Sub(d.Time)
	if d.Service == "" || lead < -slack || lead > time.Hour || place < 0.8 || s.harmless != "" {
		return Evidence{}, false
	}
	if d.Service != c.trouble.Service && !c.precedes(d.Service) {
		return Evidence{}, false
	}
	weight := mostChance * (0.3 + 0.7*prompt.Seconds()/(prompt.Seconds()+max(0, lead.Seconds())))
	if !sameRevision(d.Revision, s.commit.Revision) {
		weight *= 0.4
	}
	telling := false
	for i := range s.edits {
		e := &s.edits[i]
		telling = telling || len(e.numbers) > 0 || slices.ContainsFunc(e.shape, func(x shape) bool { return x != shapeCall })
	}
	if !telling || s.eases(seen) {
		weight *= 0.5
	}
	return Evidence{EvidenceChance, weight, "put to work at " + d.Service + " just before"}, true
}

// precedes says whether a service showed something by itself no later than the failing one did.
func (s *scene) precedes(service string) bool {
	for i := range s.trouble.Symptoms {
		x := &s.trouble.Symptoms[i]
		if x.Service == service && !x.Passed && x.Kind != SymptomAlert && !x.Since.After(s.onset.Add(slack)) {
			return true
		}
	}
	return false
}
