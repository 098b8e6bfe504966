package narrator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/narrate"
	"github.com/braidotel/braid/internal/query/wording"
)

// Limits of an answer.
const (
	maxAnswer    = 256 << 10
	maxSentence  = 400 // bytes of a draft's sentence, before facts and names are put in
	maxSentences = 12
)

// Schema is the JSON schema that a model's answer must satisfy.
var Schema = json.RawMessage(`{"type":"object","properties":{"sentences":{"type":"array","items":{"type":"object","properties":{` +
	`"point":{"type":"string"},"text":{"type":"string"}},"required":["point","text"],"additionalProperties":false}}},` +
	`"required":["sentences"],"additionalProperties":false}`)

// RefusedError tells why a model's answer is not used.
type RefusedError struct {
	// Reason is one of narrate's, or form, point, unit, claim, missing.
	Reason string
	// Word is the piece that was refused, as the model wrote it.
	Word string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the answer is refused: %s %q", e.Reason, e.Word)
}

// advice tells a model what to do about a reason. It holds nothing that the model wrote.
var advice = map[string]string{
	"form":                          "Answer with the JSON object of the schema and nothing else.",
	"missing":                       "Make every point exactly once, in the order given.",
	"point":                         "In the sentence of a point use only the slots that are listed for that point, each at least once.",
	"language":                      "Write one plain sentence for each point, in the language asked for and no other.",
	"unit":                          "A slot of a fact stands for the figure with its unit: write no unit after it.",
	"claim":                         "Say of a point only what its example says: nothing of causes, states, times, severity or actions beyond it.",
	string(narrate.ReasonNumber):    "Write no digits and no words for numbers.",
	string(narrate.ReasonDirection): "Write no direction, such as more or less, that the example does not have.",
	string(narrate.ReasonName):      "Write no names, abbreviations or words with capitals; use the slots.",
	string(narrate.ReasonMetric):    "Do not speak of one metric with the slot of another.",
	string(narrate.ReasonMarkup):    "Write plain words without markup, brackets or links.",
	string(narrate.ReasonLength):    "Write one short sentence for each point.",
	string(narrate.ReasonReference): "Write slots exactly as they are listed.",
}

type draftAnswer struct {
	Sentences []draftSentence `json:"sentences"`
}

type draftSentence struct {
	Point string `json:"point"`
	Text  string `json:"text"`
}

// Verify reads a model's answer and renders it, or returns a *RefusedError: whatever it holds, nothing is rendered that the
// evidence does not say.
func (e *Evidence) Verify(raw string) ([]answer.Text, error) {
	parsed, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if len(parsed.Sentences) != len(e.Points) {
		return nil, &RefusedError{"missing", fmt.Sprintf("%d sentences", len(parsed.Sentences))}
	}
	out := make([]answer.Text, 0, len(e.Points))
	for i, s := range parsed.Sentences {
		if e.Points[i].ID != s.Point {
			return nil, &RefusedError{"missing", s.Point}
		}
		text, err := e.sentence(&e.Points[i], s.Text)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// parse reads exactly one JSON object with nothing but sentences.
func parse(raw string) (*draftAnswer, error) {
	if len(raw) > maxAnswer {
		return nil, &RefusedError{"form", "too long"}
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(strings.TrimSpace(raw))))
	decoder.DisallowUnknownFields()
	var parsed draftAnswer
	if err := decoder.Decode(&parsed); err != nil {
		return nil, &RefusedError{"form", "not the JSON that was asked for"}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, &RefusedError{"form", "more than one JSON object"}
	}
	if len(parsed.Sentences) > maxSentences {
		return nil, &RefusedError{"form", "too many sentences"}
	}
	return &parsed, nil
}

// sentence checks and renders one.
func (e *Evidence) sentence(p *Point, draft string) (answer.Text, error) {
	draft = strings.TrimSpace(draft)
	if len(draft) > maxSentence {
		return nil, &RefusedError{string(narrate.ReasonLength), "sentence"}
	}
	if err := p.slots(draft); err != nil {
		return nil, err
	}
	if unit := strayUnit(draft); unit != "" {
		return nil, &RefusedError{"unit", unit}
	}
	template, err := e.draft(p)
	if err != nil {
		return nil, err
	}
	if word := e.strange(draft); word != "" {
		return nil, &RefusedError{"language", word}
	}
	allowed := p.allowed(template)
	if claim := excess(draft, allowed); claim != "" {
		return nil, &RefusedError{"claim", claim}
	}
	if e.Language == wording.Korean {
		draft = e.particles(draft)
	}
	draft, stand := neutralized(draft, allowed)
	text, err := e.render(p, draft, stand)
	if ungrounded, ok := errors.AsType[*narrate.UngroundedError](err); ok {
		return nil, &RefusedError{string(ungrounded.Reason), ungrounded.Word}
	}
	return text, err
}

// openers are the words that an English sentence may begin with: any other with a capital could be a name.
var openers = func() map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(`the a an it its this that these those there at after before for from in on of by with within during since until so as all about among most
		over now currently yesterday last today revenue users sessions alerts people cpu memory network database probability likely probably apparently likewise another one
		compared meanwhile here up to what which while when where because some together overall response error`) {
		set[word] = true
	}
	return set
}()

// latin are the words in Latin script that Korean sentences use.
var latin = regexp.MustCompile(`(?i)^(?:cpu|sql|db|dns|api|io)$`)

// strange finds what one sentence in the language asked for does not have: another script, a second sentence, a beginning
// that could be a name.
func (e *Evidence) strange(draft string) string {
	bare := strings.TrimRight(reference.ReplaceAllString(draft, "x"), " .!")
	if strings.ContainsAny(bare, ".!?\n") {
		return "more than one sentence"
	}
	for i, word := range strings.FieldsFunc(reference.ReplaceAllString(draft, " x "), between) {
		hangul := strings.IndexFunc(word, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) >= 0
		switch {
		case word == "x":
		case e.Language == wording.English && hangul:
			return word
		case e.Language == wording.Korean && strings.IndexFunc(word, isLatin) >= 0 && !latin.MatchString(strings.TrimRightFunc(word, func(r rune) bool { return !isLatin(r) })):
			return word
		case e.Language == wording.English && i == 0 && !openers[strings.ToLower(word)]:
			return word
		}
	}
	return ""
}

func isLatin(r rune) bool { return unicode.Is(unicode.Latin, r) }

// slots refuses a slot that is not of the point, and a point of which one is missing.
func (p *Point) slots(draft string) error {
	own := map[string]bool{}
	for _, set := range []map[string]string{p.Facts, p.Names} {
		for _, id := range set {
			own[id] = false
		}
	}
	for _, m := range reference.FindAllStringSubmatch(draft, -1) {
		if _, is := own[m[1]]; !is {
			return &RefusedError{"point", m[0]}
		}
		own[m[1]] = true
	}
	for id, said := range own {
		if !said {
			return &RefusedError{"point", id}
		}
	}
	return nil
}

// pairs are particles in two forms: after a final consonant, and after none.
var pairs = [][2]string{{"은", "는"}, {"이", "가"}, {"을", "를"}, {"과", "와"}, {"으로", "로"}}

// afterReference is a slot and the letters that follow it, with a second form of a particle in brackets.
var afterReference = regexp.MustCompile(`(\{\{([a-z]+[0-9]+)(?:\|abs)?\}\})(은|는|이|가|을|를|과|와|으로|로)(\([은는이가을를과와로으]+\))?([\s,.]|$)`)

// particles puts the right form of a particle after a slot, which a model that does not see the name cannot know.
func (e *Evidence) particles(draft string) string {
	return afterReference.ReplaceAllStringFunc(draft, func(s string) string {
		m := afterReference.FindStringSubmatch(s)
		for _, pair := range pairs {
			if m[3] == pair[0] || m[3] == pair[1] {
				return m[1] + wording.Particle(e.reading(m[2]), pair[0], pair[1]) + m[5]
			}
		}
		return s
	})
}
