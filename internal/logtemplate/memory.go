package logtemplate

// Memory is a template as it is kept over a restart.
type Memory struct {
	ID    uint64
	Words []string
	Lead  string
}

// Save returns the templates known: those seen once, then the others, each the least recently used first.
func (m *Miner) Save() []Memory {
	out := make([]Memory, 0, m.byID.Len())
	for _, t := range m.byID.Values() {
		out = append(out, Memory{ID: t.ID, Words: append([]string(nil), t.words...), Lead: t.lead})
	}
	return out
}

// Restore takes saved templates up, in their order. It is for a miner that knows none.
func (m *Miner) Restore(saved []Memory) {
	for i := range saved {
		s := &saved[i]
		if _, double := m.byID.Peek(s.ID); double || s.ID == 0 || len(s.Words) > m.options.MaxTokens {
			continue // damaged
		}
		m.last = max(m.last, s.ID)
		t := &Template{ID: s.ID, words: s.Words, lead: s.Lead}
		m.byID.Add(t.ID, t)
		m.lists[t.lead] = append(m.lists[t.lead], t)
	}
}
