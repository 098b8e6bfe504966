package narrate

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/answer"
)

// direction is what a word says of a figure.
type direction int8

const (
	undirected direction = iota
	up
	down
	steady
	most
	least
)

// directionWords say a direction as a whole word (English), directionStems where a word begins with them (Korean, whose
// endings follow).
var (
	directionWords = map[direction]map[string]struct{}{
		up: words(`up more higher rose rise rises rising risen increased increase increases increasing grew grow grows growing
			grown above over exceeded exceeds exceed exceeding climbed climb climbs climbing surged surge surges surging jumped
			jump jumps greater larger bigger busier heavier worse faster soared spiked longer gained gain gains`),
		down: words(`down less lower fewer fell fall falls falling fallen decreased decrease decreases decreasing dropped drop
			drops dropping declined decline declines declining below under shrank shrinks shrink smaller lighter quieter better
			slower reduced reduces sank plunged shorter lost`),
		steady: words(`steady unchanged same stable flat constant`),
		most:   words(`most highest busiest largest biggest greatest maximum peak top heaviest longest worst`),
		least:  words(`least lowest fewest smallest minimum quietest lightest shortest best`),
	}
	directionStems = map[direction][]string{
		up:     {"증가", "늘어", "늘었", "늘고", "늘면", "늘며", "늘게", "상승", "높아", "높은", "높고", "높습", "높다", "높았", "많아", "많은", "많고", "많습", "많다", "많았", "초과", "급증", "급등", "올라", "올랐", "웃돌", "웃도", "커졌", "커지", "폭증", "뛰었", "넘어", "넘었", "넘는"},
		down:   {"감소", "줄어", "줄었", "줄고", "줄면", "줄며", "하락", "낮아", "낮은", "낮고", "낮습", "낮다", "낮았", "적어", "적은", "적고", "적습", "적다", "적었", "미만", "급감", "급락", "내려", "내렸", "떨어", "밑돌", "밑도", "작아", "작은"},
		steady: {"비슷", "그대로", "동일", "같은", "같습", "같다", "변함", "유지", "일정"},
		most:   {"가장", "최고", "최대", "제일", "최다"},
		least:  {"최저", "최소"},
	}
	// timeNouns follow "same" where it says when, not how much; timeStems are the Korean ones, whose particles follow.
	timeNouns = words(`time hour day weekday week month period moment window`)
	timeStems = []string{"시간", "요일", "시각", "기간", "날", "때"}
	negations = words(`안 not no never neither nor cannot isn't wasn't aren't didn't doesn't hasn't haven't won't don't without`)
	negators  = []string{"않", "못", "아니", "없"}
	usuals    = []string{"usual", "normal", "typical", "평소", "평상", "보통", "정상", "평균"}
)

const (
	// steadyPercent is the greatest change that may be called steady, smallPercent the smallest that has a direction.
	steadyPercent = 5
	smallPercent  = 0.5
)

// checkDirections refuses a direction that the clause's facts do not have, or that there is no fact for.
func (g *Ground) checkDirections(c *clause) error {
	for i, word := range c.words {
		said := directionOf(word, c.word(i+1))
		if i > 0 && directionOf(c.words[i-1], "") == most { // "가장 낮은" is a superlative of two words
			said = superlative(said)
		}
		if said != undirected && (c.negated() || !g.supports(c, said)) {
			return &UngroundedError{ReasonDirection, word}
		}
	}
	return nil
}

func superlative(d direction) direction {
	switch d {
	case up:
		return most
	case down:
		return least
	default:
		return d
	}
}

func directionOf(word, next string) direction {
	said := undirected
	for d, set := range directionWords {
		if _, is := set[word]; is {
			said = d
		}
	}
	for d, stems := range directionStems {
		if hasAnyPrefix(word, stems) {
			said = d
		}
	}
	if said == steady && isTime(next) {
		return undirected
	}
	return said
}

func isTime(word string) bool {
	_, is := timeNouns[word]
	return is || hasAnyPrefix(word, timeStems)
}

func hasAnyPrefix(word string, stems []string) bool {
	return slices.ContainsFunc(stems, func(stem string) bool { return strings.HasPrefix(word, stem) })
}

// negated tells a clause that denies something: "not higher" needs a reading that this package does not have.
func (c *clause) negated() bool {
	return slices.ContainsFunc(c.words, func(word string) bool {
		_, is := negations[word]
		return is || hasAnyPrefix(word, negators)
	})
}

// supports tells whether at least one fact of the clause has the direction said and none has another.
func (g *Ground) supports(c *clause, said direction) bool {
	usual := slices.ContainsFunc(c.words, func(word string) bool { return hasAnyPrefix(word, usuals) })
	agreed := false
	for _, fact := range c.facts {
		switch known, agrees := g.agrees(fact, said, usual); {
		case !known:
		case !agrees:
			return false
		default:
			agreed = true
		}
	}
	return agreed
}

// agrees tells whether the fact can say anything of the direction, and whether it has it. What the direction of a fact is:
// beside what is usual, the side it lies on; of a change, its sign; of a figure with a change, that of its change.
func (g *Ground) agrees(fact *answer.Fact, said direction, usual bool) (known, agrees bool) {
	if said == most || said == least {
		return true, g.extreme(fact, said)
	}
	if usual && fact.Usual != nil {
		above, below := fact.Value > fact.Usual.Median, fact.Value < fact.Usual.Median
		within := fact.Usual.Low <= fact.Value && fact.Value <= fact.Usual.High
		return true, (said == up && above) || (said == down && below) || (said == steady && within)
	}
	percent, known := g.change(fact)
	switch said {
	case up:
		return known, percent >= smallPercent
	case down:
		return known, percent <= -smallPercent
	default:
		return known, math.Abs(percent) <= steadyPercent
	}
}

// change is what a fact says of a change, in percent. A change in another unit than percent counts by its sign.
func (g *Ground) change(fact *answer.Fact) (percent float64, known bool) {
	for i := range g.Facts {
		base := &g.Facts[i]
		if base.Change == "" || (base.Change != fact.ID && base.ID != fact.ID) {
			continue
		}
		if change := g.fact(base.Change); change != nil && change.Unit == "%" && base.Unit != "%" {
			return change.Value, true
		}
		if then := g.fact(base.Then); then != nil && then.Value != 0 {
			return 100 * (base.Value - then.Value) / math.Abs(then.Value), true
		}
		if change := g.fact(base.Change); change != nil {
			return 100 * float64(cmp.Compare(change.Value, 0)), true
		}
	}
	if then := g.fact(fact.Then); then != nil && then.Value != 0 {
		return 100 * (fact.Value - then.Value) / math.Abs(then.Value), true
	}
	return 0, false
}

func (g *Ground) fact(id string) *answer.Fact {
	for i := range g.Facts {
		if id != "" && g.Facts[i].ID == id {
			return &g.Facts[i]
		}
	}
	return nil
}

// extreme tells whether the fact is the greatest (or least) of the set it is ranked in. A fact whose own name says so, such
// as "peak users", was made as one.
func (g *Ground) extreme(fact *answer.Fact, said direction) bool {
	for _, token := range tokens(fact.Name) {
		if directionOf(token.word, "") == said {
			return true
		}
	}
	for i := range g.Facts {
		peer := &g.Facts[i]
		if peer.Among != fact.Among || peer.Unit != fact.Unit {
			continue
		}
		if (said == most && peer.Value > fact.Value) || (said == least && peer.Value < fact.Value) {
			return false
		}
	}
	return fact.Among != ""
}
