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

// word adds a vocabulary form to the lattice, if it may stand here.
func (x *lattice) word(f *form, from, to int, extra float64) {
	switch f.kind {
	case kindEnding:
		if cost := x.tailCost(from); from > 0 && !x.text[from].gap {
			x.reachFrom(from, to, stateTail, cost+extra, token{kind: tokenEnding}, stateOpen, stateTail)
		}
		return
	case kindParticle:
		if from > 0 && !x.midSyllable(from) && !x.midSyllable(to) {
			x.reachFrom(from, to, stateParticle, x.tailCost(from)+extra, token{kind: tokenParticle, concepts: f.concepts},
				stateNoun, stateTail, stateWord, stateParticle, stateNumber, stateUnknown)
		}
		return
	case kindUnit, kindNumber:
		return
	}
	if x.midSyllable(from) || x.midSyllable(to) && f.kind != kindVerb {
		return
	}
	cost := extra + x.wordCost(f, from, to)
	if math.IsInf(cost, 1) {
		return
	}
	out := token{kind: tokenWord, concepts: f.concepts, fuzzy: extra > 0}
	switch f.kind {
	case kindSuffix:
		if !x.text[from].gap {
			cost = extra + 0.4
		}
		x.reachFrom(from, to, stateNoun, cost, out, stateNoun, stateNumber, stateUnknown, stateParticle, stateTail, stateWord)
	case kindVerb:
		next := stateOpen
		if f.closed {
			next = stateTail
		}
		x.reach(from, to, next, cost, out)
	case kindWord:
		x.reach(from, to, stateWord, cost, out)
	case kindQuantity:
		x.reach(from, to, stateNumber, cost, out)
		x.bounds(to, func(bound string, end int) {
			out.bound = bound
			x.reach(from, end, stateNumber, cost, out)
		})
	default:
		x.reach(from, to, stateNoun, cost, out)
	}
}

func (x *lattice) tailCost(from int) float64 {
	if x.text[from].gap {
		return costTail + costLooseTail
	}
	return costTail
}

// wordCost is what a form costs at a place: more where spaces are missing or too many, infinite where English words
// would begin or end inside other words.
func (x *lattice) wordCost(f *form, from, to int) float64 {
	cost := costWord
	if f.kind == kindName {
		cost = costName - 0.01*float64(f.letters) // the longer name of two that fit
	}
	if len(f.concepts) == 1 && f.concepts[0] == "stop" {
		cost += costFiller
	}
	for i := from + 1; i < to; i++ {
		if x.text[i].gap {
			cost += costInnerSpace
		}
	}
	if isHangul(x.text[from].r) {
		if !x.text[from].gap {
			cost += costNoSpace
			if outside(f.concepts) { // 유가 (the oil price) is not meant within 이유가
				cost += costNoSpace
			}
			if x.afterSyllable(from) >= to {
				cost += costOneSyllable
			}
		}
		if !isHangul(x.text[to-1].r) && !x.boundary(to) {
			return math.Inf(1)
		}
		return cost
	}
	for _, at := range []int{from, to} {
		if !x.boundary(at) && !isHangul(x.text[to-1].r) {
			if f.letters < 3 {
				return math.Inf(1)
			}
			cost += costGlued
		}
	}
	return cost
}

// unknown steps over what no word explains: a syllable of Hangul, or a whole run of other letters.
func (x *lattice) unknown(from int) {
	if isHangul(x.text[from].r) {
		x.reach(from, x.afterSyllable(from), stateUnknown, costUnknownRune, token{kind: tokenUnknown})
		return
	}
	to := from + 1
	for to < len(x.text) && !x.boundary(to) {
		to++
	}
	x.reach(from, to, stateUnknown, costUnknownWord+0.1*float64(to-from), token{kind: tokenUnknown})
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

// boundary reports whether a word of Latin letters or digits may begin or end at a place.
func (x *lattice) boundary(at int) bool {
	if at == 0 || at >= len(x.text) || x.text[at].gap {
		return true
	}
	return runeClass(x.text[at-1].r) != runeClass(x.text[at].r)
}

func runeClass(r rune) int {
	switch {
	case isHangul(r):
		return 1
	case isDigit(r):
		return 2
	case r == '%' || r == '/':
		return 3
	default:
		return 0
	}
}

// midSyllable reports whether a place lies inside a Hangul syllable.
func (x *lattice) midSyllable(at int) bool {
	return at < len(x.text) && at > 0 && (isVowel(x.text[at].r) || isFinal(x.text[at].r)) && isHangul(x.text[at-1].r) && !x.text[at].gap
}

// afterSyllable is the place after the syllable that begins at a place.
func (x *lattice) afterSyllable(at int) int {
	for at++; x.midSyllable(at); at++ {
	}
	return at
}

// syllable composes the syllable that begins at a place; 0 where none does.
func (x *lattice) syllable(at int) rune {
	to := x.afterSyllable(at)
	if to-at < 2 || to-at > 3 || !isLead(x.text[at].r) || !isVowel(x.text[at+1].r) {
		return 0
	}
	out := syllableBase + (x.text[at].r-leadBase)*vowels*finals + (x.text[at+1].r-vowelBase)*finals
	if to-at == 3 {
		out += x.text[at+2].r - finalBase
	}
	return out
}
