package question

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// reasons in the order of their gravity: the gravest found is given.
var reasons = []Reason{
	ReasonInjection, ReasonPrivacy, ReasonUnsafeAction, ReasonUnsupportedAction, ReasonCoding, ReasonNotOurData,
	ReasonUnsupportedData, ReasonGeneralKnowledge, ReasonChitChat,
}

func outside(concepts []string) bool {
	for _, c := range concepts {
		if strings.HasPrefix(c, "out.") {
			return true
		}
	}
	return false
}

// refusal gives the reason to decline, "" if there is none. A word that is recognised as outside always declines. An
// unknown word declines where the rule is weak, where unknown words outweigh known ones, or where it is a name whose
// data we do not hold.
func (f *facts) refusal(r *rule, text string) (Reason, []string) {
	if f.ordersChange(text) {
		return ReasonUnsafeAction, nil
	}
	for _, reason := range reasons {
		if reason == ReasonUnsafeAction && r != nil && (speaksOfChanges[r.Intent] || (r.Intent == IntentDeployRegression || r.Intent == IntentCapacityForecast) && f.has("cue.need", "cue.maybe", "cue.ok")) {
			continue
		}
		if f.has("out." + string(reason)) {
			return reason, nil
		}
	}
	if f.asksSales() {
		return ReasonUnsupportedData, nil
	}
	unknown := f.unknown(text)
	if f.has("id.url", "id.markup", "id.assignment") { // a line of a log, not a question
		return ReasonInjection, unknown
	}
	switch {
	case len(unknown) > 0 && (r == nil || r.Intent != IntentRunbook) && f.namesUnknown(text):
		return ReasonUnknownName, unknown
	case r == nil && len(unknown) > 0:
		return ReasonUnknownWords, unknown
	case r == nil:
		return ReasonNoQuestion, nil
	case r.Intent == IntentRunbook:
		return "", unknown // its topic is in the asker's own words
	case len(unknown) == 0:
		return "", nil
	case r.Weak, exactNames[r.Intent], len(unknown) > 1 && 2*len(unknown) >= f.known(), len(unknown) > 2:
		return ReasonUnknownWords, unknown
	}
	return "", unknown
}

// exactNames are the intents that give figures for what is named: an unknown word there is most likely a name, and the
// figures of everything would be the wrong answer.
var exactNames = map[Intent]bool{IntentMetricValue: true, IntentRegionLoad: true, IntentSystemStatus: true}

// speaksOfChanges are the intents in which a restart or a rollback is what is spoken of, not what is ordered.
var speaksOfChanges = map[Intent]bool{IntentApprovals: true, IntentRunbook: true, IntentRootCause: true}

// ordersChange reports whether an English sentence begins with the order to change something ("scale it", but not
// "change in latency").
func (f *facts) ordersChange(text string) bool {
	for i := range f.tokens {
		t := &f.tokens[i]
		if t.korean {
			return false
		}
		if t.is("obj.deploy.verb") && i+1 < len(f.tokens) && f.tokens[i+1].literal != nil && f.has("dir.to") {
			return true
		}
		if t.is("cue.order") || t.is("cue.add.verb") {
			return i+1 < len(f.tokens) && !slices.Contains(prepositions, strings.ToLower(text[f.tokens[i+1].start:f.tokens[i+1].end]))
		}
		if !slices.Contains(politeness, strings.ToLower(text[t.start:t.end])) {
			return false
		}
	}
	return false
}

// asksSales reports whether plain sales are asked for, of which only what an incident puts at risk is known.
func (f *facts) asksSales() bool {
	return f.has("obj.sales") && !f.has("obj.incident", "obj.impact", "obj.customer_impact", "cue.hit", "cue.lose_money", "cue.fail", "cue.low", "cue.weird",
		"cue.worse", "cue.slow", "cue.slower", "cue.dropoff", "obj.error", "obj.problem", "obj.timeout", "obj.cause", "cue.why", "metric.payments_failed", "metric.affected_customers")
}

// prepositions show that the word before them is no order: "change in", "update on", "set of".
var prepositions = []string{"in", "on", "of", "for", "over", "between", "from", "at", "vs", "since", "against", "and", "or"}

// politeness may stand before an order.
var politeness = []string{"please", "pls", "plz", "can you", "could you", "would you", "will you", "can", "could", "would", "you", "just", "kindly", "hey", "ok", "okay", "now", "then", "and", "so", "go", "let's"}

// unknown gives the words, as written, that hold anything outside the vocabulary.
func (f *facts) unknown(text string) []string {
	var out []string
	last := -1
	for i := range f.tokens {
		t := &f.tokens[i]
		if t.kind != tokenUnknown && (t.literal == nil || t.literal.kind != "identifier") {
			continue
		}
		start, end := wordAround(text, t.start, t.end)
		if start != last {
			out = append(out, text[start:end])
			last = start
		}
	}
	return out
}

func wordAround(text string, start, end int) (int, int) {
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' }
	for start > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:start])
		if !inWord(r) {
			break
		}
		start -= size
	}
	for _, r := range text[end:] {
		if !inWord(r) {
			break
		}
		end += utf8.RuneLen(r)
	}
	return start, end
}

// known counts the words that mean something in our field.
func (f *facts) known() int {
	n := 0
	for i := range f.tokens {
		t := &f.tokens[i]
		if t.kind == tokenQuantity || t.kind == tokenLiteral || t.kind == tokenWord && !(len(t.concepts) == 1 && t.is("stop")) {
			n++
		}
	}
	return n
}

// namesUnknown reports whether an unknown word stands where a name does: capitalised within an English sentence, or
// directly before "service", "server", 서비스, 서버.
func (f *facts) namesUnknown(text string) bool {
	for i := range f.tokens {
		t := &f.tokens[i]
		if t.literal != nil && t.literal.kind == "identifier" && !f.has("obj.session", "obj.users", "obj.trace", "obj.account") {
			return true
		}
		if t.kind != tokenUnknown {
			continue
		}
		if i+1 < len(f.tokens) && (f.tokens[i+1].is("obj.service") || f.tokens[i+1].is("obj.server")) {
			return true
		}
		if first, _ := utf8.DecodeRuneInString(text[t.start:t.end]); unicode.IsUpper(first) && t.start > 0 && strings.ToUpper(text) != text {
			return true
		}
	}
	return false
}
