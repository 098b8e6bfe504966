package question

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A way of writing carelessly, and how many of a hundred questions have to be read as if written with care.
var careless = []struct {
	name   string
	write  func(text string, rng *rand.Rand) string
	lang   Language
	atBest float64
}{
	{"without spaces", func(text string, _ *rand.Rand) string { return strings.ReplaceAll(text, " ", "") }, Korean, 96},
	{"Korean on the Latin layout", func(text string, _ *rand.Rand) string { return keystrokes(text) }, Korean, 97},
	{"letters exchanged", exchanged, English, 96},
	{"in capitals", func(text string, _ *rand.Rand) string { return strings.ToUpper(text) }, English, 98},
	{"full width", wide, English, 96},
}

// exchanged swaps two inner letters of one long word.
func exchanged(text string, rng *rand.Rand) string {
	words := strings.Fields(text)
	for range 20 {
		i := rng.IntN(len(words))
		if len(words[i]) < 6 || strings.ContainsAny(words[i], "-0123456789'") {
			continue
		}
		word := []byte(words[i])
		k := 1 + rng.IntN(len(word)-2)
		word[k], word[k+1] = word[k+1], word[k]
		words[i] = string(word)
		break
	}
	return strings.Join(words, " ")
}

func wide(text string, _ *rand.Rand) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'ａ'
		}
		return r
	}, text)
}

func TestParse_CarelessWriting_IsReadAllTheSame(t *testing.T) {
	parser, err := NewParser(shop)
	require.NoError(t, err)
	for _, way := range careless {
		t.Run(way.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			asked, exact := 0, 0
			for _, p := range paraphrases(t) {
				if p.outcome == OutcomeDecline || language(p.text) != way.lang {
					continue
				}
				q, err := parser.Parse(way.write(p.text, rng), wednesday)
				require.NoError(t, err)
				asked++
				// An identifier keeps the case and width it was written in.
				if wrong := p.differs(q); wrong == "" || strings.HasPrefix(wrong, "f.") {
					exact++
				}
			}
			got := 100 * float64(exact) / float64(asked)
			t.Logf("%d questions %s: exact %.1f%%", asked, way.name, got)
			assert.GreaterOrEqual(t, got, way.atBest)
		})
	}
}

func TestParse_OtherKeyboardLayout_KeepsTheTopicWithinTheTextRead(t *testing.T) {
	parser, err := NewParser(shop)
	require.NoError(t, err)
	for _, p := range paraphrases(t) {
		if p.intent != IntentRunbook {
			continue
		}
		typed := relay(p.text, func(int, int) bool { return true })
		q, err := parser.Parse(typed, wednesday)
		require.NoError(t, err)
		assert.Contains(t, q.read(), q.Args.Topic, typed)
	}
}

func TestParse_SameTextTwice_GivesTheSame(t *testing.T) {
	first, err := NewParser(shop)
	require.NoError(t, err)
	second, err := NewParser(shop)
	require.NoError(t, err)
	for _, p := range paraphrases(t) {
		a, err := first.Parse(p.text, wednesday)
		require.NoError(t, err)
		b, err := second.Parse(p.text, wednesday)
		require.NoError(t, err)
		assert.Equal(t, a, b, p.text)
	}
}

func FuzzParse(f *testing.F) {
	for _, p := range paraphrases(f) {
		f.Add(p.text)
	}
	for _, text := range []string{"elqm zjsprtus vnf rhrkf tl whcl qkdqjq", "", " ", "\x00", "ㅋㅋㅋ", "ᄀ", "ᅡ", "ᆨ", "가\u1161", "9시~", "from to", "2월 30일", "99999999999999999999시", "지난 4001일", "/", "%", strings.Repeat("어제", 900)} {
		f.Add(text)
	}
	parser, err := NewParser(shop)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parser.Parse(text, wednesday)
		if err != nil {
			return
		}
		if q.Outcome == OutcomeDecline && (q.Reason == "" || len(q.Suggestions) != suggestionsOffered) {
			t.Fatalf("%q is declined without reason or suggestions: %+v", text, q)
		}
		if q.Outcome != OutcomeDecline && q.Intent == "" {
			t.Fatalf("%q is answered without an intent: %+v", text, q)
		}
		if !q.Range.IsZero() && q.Range.End.Before(q.Range.Start) {
			t.Fatalf("%q asks for an interval that ends before it begins: %+v", text, q.Range)
		}
		source := text
		if q.Corrected != "" {
			source = q.Corrected
		}
		for _, r := range q.Readings {
			if source[r.Start:r.End] != r.Text {
				t.Fatalf("%q: reading %+v is not in the text", text, r)
			}
		}
	})
}
