package logtemplate

import (
	"strings"

	"github.com/braidotel/braid/internal/slru"
)

const (
	maxBytes  = 1024 // of a message, that are looked at
	leadWords = 2    // constant tokens that lead to a list of templates
	listLimit = 16   // templates in one list; further messages join the nearest
)

// Options bound and tune a miner. The zero value means the defaults.
type Options struct {
	MaxTemplates int     // templates remembered, those seen once and least recently being forgotten first; default 10,000
	MaxTokens    int     // tokens of a message that count; default 16
	Similarity   float64 // least share of equal tokens to join a template, in (0, 1]; default 0.5
}

// Template is a log statement as seen from its messages.
type Template struct {
	ID    uint64 // counts from 1; never used again
	words []string
	lead  string
}

// Text shows the template, with wildcards.
func (t *Template) Text() string { return strings.Join(t.words, " ") }

// Miner groups messages. It is not safe for concurrent use.
type Miner struct {
	options Options
	byID    *slru.Cache[uint64, *Template]
	lists   map[string][]*Template
	last    uint64
	evicted uint64
	scratch []string
	lead    []byte
}

// New returns a miner that knows no template.
func New(options Options) *Miner {
	if options.MaxTemplates <= 0 {
		options.MaxTemplates = 10_000
	}
	if options.MaxTokens <= 0 {
		options.MaxTokens = 16
	}
	if options.Similarity <= 0 || options.Similarity > 1 {
		options.Similarity = 0.5
	}
	m := &Miner{options: options, lists: map[string][]*Template{}}
	m.byID = slru.New(options.MaxTemplates, func(_ uint64, t *Template) { m.forget(t) })
	return m
}

// Add gives the template of a message, new or known. The result is valid until the template is forgotten.
func (m *Miner) Add(message string) *Template {
	words := tokens(m.scratch[:0], message, m.options.MaxTokens)
	m.scratch = words
	m.lead = lead(m.lead[:0], words)
	list := m.lists[string(m.lead)]
	best, share := nearest(list, words)
	if best == nil || share < m.options.Similarity && len(list) < listLimit {
		return m.found(words)
	}
	if _, regular, _ := m.byID.Get(best.ID); !regular {
		m.byID.Promote(best.ID)
	}
	best.generalise(words)
	return best
}

// Len counts the templates known.
func (m *Miner) Len() int { return m.byID.Len() }

// Evicted counts the templates forgotten.
func (m *Miner) Evicted() uint64 { return m.evicted }

func (m *Miner) found(words []string) *Template {
	m.last++
	t := &Template{ID: m.last, words: make([]string, len(words)), lead: string(m.lead)}
	for i, w := range words {
		t.words[i] = strings.Clone(w) // not to hold the whole message
	}
	m.byID.Add(t.ID, t) // may forget another one of the same list
	m.lists[t.lead] = append(m.lists[t.lead], t)
	return t
}

func (m *Miner) forget(t *Template) {
	m.evicted++
	list := m.lists[t.lead]
	for i, other := range list {
		if other == t {
			list = append(list[:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(m.lists, t.lead)
		return
	}
	m.lists[t.lead] = list
}

// lead appends the first constant tokens, and a mark if there are no more.
func lead(into []byte, words []string) []byte {
	found := 0
	for _, w := range words {
		if w == Wildcard {
			continue
		}
		into = append(append(into, w...), 0)
		if found++; found == leadWords {
			return into
		}
	}
	return append(into, 1)
}

// nearest finds the template that shares most tokens with a message, the older one first.
func nearest(list []*Template, words []string) (best *Template, share float64) {
	for _, t := range list {
		n := min(len(t.words), len(words))
		equal := 0
		for i := range n {
			if t.words[i] == words[i] || t.words[i] == Wildcard {
				equal++
			}
		}
		s := 1.0
		if n > 0 {
			s = float64(equal) / float64(n)
		}
		if best == nil || s > share {
			best, share = t, s
		}
	}
	return best, share
}

// generalise makes wildcards of the tokens in which a message differs; a template is as long as its shortest message.
func (t *Template) generalise(words []string) {
	t.words = t.words[:min(len(t.words), len(words))]
	for i := range t.words {
		if t.words[i] != words[i] {
			t.words[i] = Wildcard
		}
	}
}
