package symptom

import "strings"

// mentions finds the names of services in texts. Names are looked up by their first word, so that the cost of a text
// depends on its length and not on the number of services.
type mentions map[string][]named

type named struct{ lower, name string }

func newMentions(names []string) mentions {
	m := mentions{}
	for _, name := range names {
		if lower := strings.ToLower(name); len(lower) > 2 {
			first := lower[:wordEnd(lower, 0)]
			m[first] = append(m[first], named{lower, name})
		}
	}
	return m
}

// find gives another service than the one that speaks which a text names, the longest name if there are several.
func (m mentions) find(speaker, text string) string {
	text = strings.ToLower(text)
	best := ""
	for i := 0; i < len(text); {
		if !alphanumeric(text[i]) {
			i++
			continue
		}
		end := wordEnd(text, i)
		if i == 0 || text[i-1] != '-' {
			for _, n := range m[text[i:end]] {
				if n.name != speaker && len(n.name) > len(best) && strings.HasPrefix(text[i:], n.lower) && endsName(text[i+len(n.lower):]) {
					best = n.name
				}
			}
		}
		i = end
	}
	return best
}

// endsName says whether a name may end before this rest: "-7f9c" is a pod of it, "-db" is another name.
func endsName(rest string) bool {
	switch {
	case rest == "":
		return true
	case rest[0] == '-':
		return len(rest) == 1 || rest[1] < 'a' || rest[1] > 'z'
	}
	return !alphanumeric(rest[0])
}

func wordEnd(text string, from int) int {
	for from < len(text) && alphanumeric(text[from]) {
		from++
	}
	return from
}

// alphanumeric counts bytes of other scripts than Latin as boundaries: Korean particles follow a name at once.
func alphanumeric(b byte) bool { return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' }
