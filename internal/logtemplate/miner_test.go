package logtemplate

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAdd_MessagesOfOneStatement_ShareATemplate(t *testing.T) {
	for name, messages := range map[string][]string{
		"numbers":      {"order 17 paid by user 4", "order 18 paid by user 99"},
		"words":        {"logged in user anna from office", "logged in user bert from office"},
		"lists":        {"stations checked in [a, b] now", "stations checked in [c, d, e, f]"},
		"source place": {"10:00:01.5 INFO OrderService#118 [pay][total: 3]", "11:07:41.9 INFO OrderService#118 [pay][total: 8]"},
	} {
		t.Run(name, func(t *testing.T) {
			m := New(Options{})
			first := m.Add(messages[0])
			for _, message := range messages[1:] {
				assert.Equal(t, first.ID, m.Add(message).ID, first.Text())
			}
		})
	}
}

func TestAdd_MessagesOfDifferentStatements_ShareNone(t *testing.T) {
	m := New(Options{})
	seen := map[uint64]string{}
	for _, message := range []string{
		"INFO OrderService#118 [pay] done", "INFO OrderService#121 [pay] done",
		"connection refused", "connection reset by peer", "order paid", "main.go:12 order paid",
	} {
		id := m.Add(message).ID
		assert.NotContains(t, seen, id, message)
		seen[id] = message
	}
}

func TestAdd_EverNewMessages_StayWithinTheBound(t *testing.T) {
	m := New(Options{MaxTemplates: 100})
	for i := range 100_000 {
		m.Add(word(i) + " " + word(i/7) + " " + word(i*31))
	}
	assert.LessOrEqual(t, m.Len(), 100)
	assert.LessOrEqual(t, len(m.lists), 100)
	assert.Positive(t, m.Evicted())
}

func word(i int) string {
	var b []byte
	for i++; i > 0; i /= 26 {
		b = append(b, byte('a'+i%26))
	}
	return string(b)
}

func TestMessage_JSONBody_IsItsMessage(t *testing.T) {
	assert.Equal(t, ` Getting \"x\" data`, Message(`{"severity":"info","message":" Getting \"x\" data","v":1}`))
	assert.Equal(t, "plain", Message("plain"))
	assert.Equal(t, `{"a":1}`, Message(`{"a":1}`))
}

func BenchmarkAdd(b *testing.B) {
	m := New(Options{})
	messages := make([]string, 1000)
	for i := range messages {
		messages[i] = fmt.Sprintf("10:00:0%d.5 INFO Service#%d [%s][Query %s][id: %d]", i%10, i%50, word(i%50), word(i%50+50), i)
	}
	b.ReportAllocs()
	for i := range b.N {
		m.Add(messages[i%len(messages)])
	}
}

func FuzzAdd(f *testing.F) {
	for _, seed := range []string{"", "a b c", "{\"message\":\"x", "<*> <*>", "a#1 b:2", "\xff\x00 \n 1"} {
		f.Add(seed, seed+" tail")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		m := New(Options{MaxTemplates: 1})
		first := m.Add(Message(a))
		require.Equal(t, first.ID, m.Add(Message(a)).ID, "the same message has the same template")
		m.Add(Message(b))
		require.LessOrEqual(t, m.Len(), 1)
		require.LessOrEqual(t, len(m.lists), 1)
	})
}
