package question

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Parser reads questions against one catalogue. It is safe for concurrent use; build a new one when the catalogue
// changes.
type Parser struct {
	lex    *lexicon
	rules  []*rule
	labels *labels
}

// NewParser builds the vocabulary of a catalogue.
func NewParser(catalogue Catalogue) (*Parser, error) {
	lex, err := newLexicon(catalogue)
	if err != nil {
		return nil, err
	}
	rules, err := readRules()
	if err != nil {
		return nil, err
	}
	labels, err := readLabels()
	if err != nil {
		return nil, err
	}
	return &Parser{lex: lex, rules: rules, labels: labels}, nil
}

// errNotText is returned for bytes that are no UTF-8.
var errNotText = errors.New("the question is not UTF-8 text")

// Parse reads a question asked at a moment, in the time zone of that moment. It errs only on a text that is too long or
// no text; what it does not understand is a Query that declines.
func (p *Parser) Parse(text string, now time.Time) (Query, error) {
	if !utf8.ValidString(text) {
		return Query{}, errNotText
	}
	if n := utf8.RuneCountInString(text); n > MaxRunes {
		return Query{}, fmt.Errorf("%w (it has %d)", ErrTooLong, n)
	}
	q := Query{Text: text, Outcome: OutcomeDecline}
	read, tokens := p.read(text)
	if read != text {
		q.Corrected = read
	}
	q.Language = language(read)
	if len(tokens) == 0 {
		q.Reason = ReasonEmpty
		p.finish(&q, nil)
		return q, nil
	}
	f := newFacts(tokens)
	r := p.decide(f)
	q.Reason, q.Unknown = f.refusal(r, read)
	if q.Reason == "" {
		q.Outcome, q.Intent = r.Outcome, r.Intent
		q.fill(f, r, now)
		q.doubt(f, r)
	}
	p.finish(&q, f)
	return q, nil
}

// read cuts the text, trying the other keyboard layout and single typing errors where words are left unknown.
func (p *Parser) read(text string) (string, []token) {
	tokens, cost := p.lex.cut(text, false)
	if !slices.ContainsFunc(tokens, func(t token) bool { return t.kind == tokenUnknown }) {
		return text, tokens
	}
	best, missing := text, unread(tokens)
	for _, candidate := range append([]string{text}, relaid(text, tokens)...) {
		found, total := p.lex.cut(candidate, true)
		if candidate != text {
			if unread(found) >= missing { // the other layout has to explain something
				continue
			}
			total += costWord / 2
		}
		if total < cost {
			best, tokens, cost = candidate, found, total
		}
	}
	return best, tokens
}

// unread counts the letters no word explains.
func unread(tokens []token) int {
	n := 0
	for _, t := range tokens {
		if t.kind == tokenUnknown {
			n += t.to - t.from
		}
	}
	return n
}

// relaid gives the text with unknown words, and with all words, as they would read on the other keyboard layout.
func relaid(text string, tokens []token) []string {
	var out []string
	for _, all := range []bool{false, true} {
		changed := relay(text, func(start, end int) bool {
			return all || slices.ContainsFunc(tokens, func(t token) bool { return t.kind == tokenUnknown && t.start < end && start < t.end })
		})
		if changed != text && !slices.Contains(out, changed) {
			out = append(out, changed)
		}
	}
	return out
}

// relay rewrites the chosen runs of letters of one script.
func relay(text string, chosen func(start, end int) bool) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		latin := r < utf8.RuneSelf && unicode.IsLetter(r)
		hangul := r >= syllableBase && r <= syllableLast || r >= 0x3131 && r <= 0x3163
		end := i + size
		for latin || hangul {
			next, n := utf8.DecodeRuneInString(text[end:])
			same := latin && next < utf8.RuneSelf && unicode.IsLetter(next) ||
				hangul && (next >= syllableBase && next <= syllableLast || next >= 0x3131 && next <= 0x3163)
			if n == 0 || !same {
				break
			}
			end += n
		}
		run := text[i:end]
		if (latin || hangul) && chosen(i, end) {
			if latin {
				if typed, ok := hangulFromKeys(run); ok {
					run = typed
				}
			} else {
				run = keysFromHangul(run)
			}
		}
		out.WriteString(run)
		i = end
	}
	return out.String()
}

// language is Korean as soon as there is Hangul: Korean questions hold English terms, not the other way round.
func language(text string) Language {
	if strings.IndexFunc(text, func(r rune) bool {
		return r >= syllableBase && r <= syllableLast || r >= 0x1100 && r <= 0x11FF || r >= 0x3131 && r <= 0x3163
	}) >= 0 {
		return Korean
	}
	return English
}

// looksAhead are the intents whose unsaid year, month and weekday lie ahead.
var looksAhead = map[Intent]bool{IntentCapacityForecast: true}

// defaults are the times meant where none is named.
var defaults = map[Intent]Expr{
	IntentCompare: {Kind: ExprNow}, IntentMetricValue: {Kind: ExprNow}, IntentSystemStatus: {Kind: ExprNow}, IntentRootCause: {Kind: ExprDay},
	IntentAbnormalSessions: {Kind: ExprNow}, IntentCapacityForecast: {Kind: ExprNext, Period: Period{Clock: 24 * time.Hour}},
	IntentReport: {Kind: ExprWeek}, IntentRegionLoad: {Kind: ExprNow}, IntentDeployRegression: {Kind: ExprSinceDeploy},
	IntentTopTransactions: {Kind: ExprLast, Period: Period{Clock: time.Hour}}, IntentIncidents: {Kind: ExprNow}, IntentAlertNoise: {Kind: ExprDay},
	IntentBusinessImpact: {Kind: ExprDay}, IntentJourneyDropoff: {Kind: ExprLast, Period: Period{Days: 7}},
	IntentWebVitals: {Kind: ExprLast, Period: Period{Clock: 24 * time.Hour}}, IntentServiceMap: {Kind: ExprLast, Period: Period{Clock: time.Hour}},
	IntentLookup: {Kind: ExprLast, Period: Period{Clock: 24 * time.Hour}}, IntentSLOStatus: {Kind: ExprMonth}, IntentApprovals: {Kind: ExprNow},
}

// DefaultTime is the time an intent means where the question names none; ExprDefault where time has no meaning.
func DefaultTime(intent Intent) Expr { return defaults[intent] }

// fill reads times, metrics, filters and arguments of a question whose intent is known.
func (q *Query) fill(f *facts, r *rule, now time.Time) {
	reader := newTimeReader(f.tokens, now, looksAhead[q.Intent])
	reader.apart = q.Intent == IntentCompare
	nodes := reader.nodes()
	q.Metrics = f.metrics(q.Intent)
	q.Filters = f.filters(q.Intent)
	asked := slices.Clone(nodes)
	if q.Intent == IntentAbnormalSessions { // a length of time there is a threshold
		asked = slices.DeleteFunc(asked, func(n timeNode) bool { return n.window })
	}
	times := readTimes(f, asked, q.comparing(f), now)
	q.Time, q.Compare = times.time, times.comparison
	if q.Intent == IntentDeployRegression {
		q.Compare = Comparison{Kind: CompareBeforeDeploy}
		if window := f.deployWindow(nodes); window != "" || q.Time.Kind == ExprDefault {
			q.Time = Expr{Kind: ExprSinceDeploy}
		}
	}
	if q.Intent == IntentRunbook || q.Intent == IntentHelp {
		q.Time = Expr{}
	}
	q.Args = f.args(r, q, nodes)
	q.resolve(now)
	q.Readings = f.readings(q, r, times)
}

// doubt asks back where words without a question around them have readings of comparable worth, and where what is asked
// has no answer without a name: what calls what?
func (q *Query) doubt(f *facts, r *rule) {
	switch {
	case q.Outcome != OutcomeAnswer:
	case len(r.Also) > 0 && !f.has("metric.*"):
		q.Outcome, q.Alternatives = OutcomeClarify, append([]Intent{q.Intent}, r.Also...)
	case q.Intent == IntentServiceMap && q.Filters.Service == "" && (q.Args.Direction == "upstream" || q.Args.Direction == "downstream"):
		q.Outcome, q.Missing = OutcomeClarify, "service"
	}
}

// comparing reports whether the intent compares two times.
func (q *Query) comparing(f *facts) bool {
	if q.Intent == IntentCompare {
		return true
	}
	return q.Intent == IntentRegionLoad && f.has("cue.baseline", "p.than", "cue.vs") && f.has(compares...)
}

func (q *Query) resolve(now time.Time) {
	e := q.Time
	if e.Kind == ExprDefault {
		e = DefaultTime(q.Intent)
	}
	q.Range = e.Resolve(now)
	q.CompareTo = q.Compare.Resolve(q.Range, now)
}

// finish adds what every Query has: how it was read, and what can be asked instead.
func (p *Parser) finish(q *Query, f *facts) {
	if q.Outcome == OutcomeDecline {
		q.Suggestions = p.labels.suggest(q.Language, f)
	}
	q.Restatement = map[Language]string{Korean: p.labels.restate(q, Korean), English: p.labels.restate(q, English)}
}
