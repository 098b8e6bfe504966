package question

import (
	"math"
	"unicode"
)

// word adds a vocabulary form to the lattice, if it may stand here.
func (x *lattice) word(f *form, from, to int, extra float64) {
	if f.kind == kindEnding || f.kind == kindParticle {
		for i := from + 1; i < to; i++ {
			if x.text[i].gap { // one syllable too far: 들어오며 + ㄴ감 in 들어오면 감당
				return
			}
		}
	}
	switch f.kind {
	case kindEnding:
		if cost := x.tailCost(from); from > 0 && !x.text[from].gap {
			x.reachFrom(from, to, stateTail, cost+extra, token{kind: tokenEnding, concepts: f.concepts}, stateOpen, stateTail)
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
	default:
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
	if f.letters == 1 && !unicode.IsLetter(x.text[from].r) && (from > 0 && !x.text[from].gap || to < len(x.text) && !x.text[to].gap) {
		return math.Inf(1) // the page "/" is not meant in before/after
	}
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
	if from+1 < to && x.text[from+1].gap && x.text[from].r != 'a' { // the s of "week's ops" is no beginning of "sops"
		return math.Inf(1)
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
