package question

import (
	"math"
	"slices"
)

// A token is one word of the cheapest cut.
type token struct {
	kind       tokenKind
	concepts   []string
	quantity   *quantity
	literal    *literal
	from, to   int    // letters
	start, end int    // bytes of the text
	bound      string // of a quantity: bound.atleast, bound.atmost
	fuzzy      bool
	korean     bool // written in Hangul
	dayOfMonth bool // a number of days written 일: may name a day
}

type tokenKind uint8

const (
	tokenWord tokenKind = iota
	tokenParticle
	tokenEnding
	tokenQuantity
	tokenLiteral
	tokenUnknown
)

func (t *token) is(concept string) bool { return slices.Contains(t.concepts, concept) }

// class gives the name of the token's first concept of a class, "" if it has none.
func (t *token) class(class string) string {
	for _, concept := range t.concepts {
		if c, name := canonicalName(concept); c == class {
			return name
		}
	}
	return ""
}

// A state is what the word before a place allows to follow.
type state uint8

const (
	stateStart state = iota
	stateNoun        // particles, suffixes
	stateOpen        // a bare verb stem: an ending must follow
	stateTail        // a verb that may end here: endings, particles
	stateWord        // particles
	stateParticle
	stateNumber
	stateUnknown
	states
)

// Costs of a word. Each word costs about one, so the fewest and longest words win; what is against the rules of writing
// (no space where one belongs) costs a little, what is not in the vocabulary costs most.
const (
	costWord        = 1.0
	costName        = 0.7
	costFiller      = 0.02 // a word that means something goes before one that does not
	costTail        = 0.2
	costQuantity    = 0.6
	costNumber      = 0.8
	costLiteral     = 0.3
	costNoSpace     = 0.2
	costInnerSpace  = 0.03
	costOneSyllable = 0.8
	costLooseTail   = 0.8
	costGlued       = 1.5 // English words run together
	costUnknownRune = 2.5
	costUnknownWord = 3.5
	costBareStem    = 1.2
	costTypo        = 1.3
)

// A lattice is one text being cut.
type lattice struct {
	lex    *lexicon
	source string
	text   []letter
	fixed  map[int]*literal // by the letter each begins at
	fixEnd map[int]int
	fuzzy  bool
	best   [][states]step
	tokens []token // of all steps
}

// A step is the cheapest way found so far to a place and state: from where, by which token.
type step struct {
	cost  float64
	from  int32
	token int32
	state state
}

// cut gives the cheapest sequence of tokens, and its cost. With fuzzy, long words may hold one typing error.
func (l *lexicon) cut(text string, fuzzy bool) ([]token, float64) {
	x := &lattice{lex: l, source: text, text: letters(text), fuzzy: fuzzy}
	x.fixLiterals()
	n := len(x.text)
	x.best = make([][states]step, n+1)
	for i := range x.best {
		for s := range x.best[i] {
			x.best[i][s].cost = math.Inf(1)
		}
	}
	x.best[0][stateStart].cost = 0
	for i := range n {
		if x.reachable(i) {
			x.extend(i)
		}
	}
	return x.trace()
}

func (x *lattice) fixLiterals() {
	x.fixed, x.fixEnd = map[int]*literal{}, map[int]int{}
	for _, found := range literals(x.source) {
		from, _ := slices.BinarySearchFunc(x.text, found.start, func(l letter, at int) int { return int(l.start) - at })
		to, _ := slices.BinarySearchFunc(x.text, found.end, func(l letter, at int) int { return int(l.start) - at })
		if from < to {
			kept := found
			x.fixed[from], x.fixEnd[from] = &kept, to
		}
	}
}

func (x *lattice) reachable(i int) bool {
	for s := range x.best[i] {
		if !math.IsInf(x.best[i][s].cost, 1) {
			return true
		}
	}
	return false
}

// extend tries every word that can begin at a place.
func (x *lattice) extend(i int) {
	x.lex.words.visit(x.text, i, func(f *form, to int) { x.word(f, i, to, 0) })
	if x.midSyllable(i) {
		return
	}
	x.quantitiesAt(i, func(q quantity, bound string, to int) {
		cost := costQuantity
		if q.unit == "" {
			cost = costNumber
		}
		x.reach(i, to, stateNumber, cost, token{kind: tokenQuantity, quantity: &q, bound: bound})
	})
	if found, ok := x.fixed[i]; ok {
		cost := costLiteral
		if found.kind == "identifier" { // a name of the catalogue goes before
			cost = costWord
		}
		x.reach(i, x.fixEnd[i], stateNoun, cost, token{kind: tokenLiteral, literal: found})
	}
	x.unknown(i)
	if x.fuzzy && x.text[i].gap {
		x.typos(i)
	}
}

// reach enters a word after any state but that of a bare stem, which costs extra (분석하 is typed when in a hurry).
func (x *lattice) reach(from, to int, next state, cost float64, t token) {
	x.reachFrom(from, to, next, cost, t, stateStart, stateNoun, stateTail, stateWord, stateParticle, stateNumber, stateUnknown)
	x.reachFrom(from, to, next, cost+costBareStem, t, stateOpen)
}

func (x *lattice) reachFrom(from, to int, next state, cost float64, t token, after ...state) {
	for _, s := range after {
		total := x.best[from][s].cost + cost
		if total < x.best[to][next].cost {
			t.from, t.to = from, to
			x.best[to][next] = step{cost: total, from: int32(from), token: int32(len(x.tokens)), state: s}
			x.tokens = append(x.tokens, t)
		}
	}
}

// trace walks the cheapest path back.
func (x *lattice) trace() ([]token, float64) {
	at, end := len(x.text), stateStart
	cost := math.Inf(1)
	for s := range states {
		total := x.best[at][s].cost
		if s == stateOpen {
			total += costBareStem
		}
		if total < cost {
			cost, end = total, s
		}
	}
	var out []token
	for at > 0 {
		step := x.best[at][end]
		t := x.tokens[step.token]
		t.start, t.end = int(x.text[t.from].start), int(x.text[t.to-1].end)
		t.korean = isHangul(x.text[t.to-1].r)
		t.dayOfMonth = t.korean && t.quantity != nil
		out = append(out, t)
		at, end = int(step.from), step.state
	}
	slices.Reverse(out)
	return out, cost
}
