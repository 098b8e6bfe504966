package question

import (
	"strconv"
	"strings"
)

// A quantity is a number and the unit that follows it, "" for a bare number.
type quantity struct {
	value float64
	unit  string
}

// A numeral is a number found in the letters, before its unit.
type numeral struct {
	value float64
	to    int
	bare  bool // may stand without a unit
	tight bool // its unit must follow without a gap
}

// quantitiesAt calls found for each reading of a number at a place.
func (x *lattice) quantitiesAt(from int, found func(q quantity, bound string, to int)) {
	for _, n := range x.numeralsAt(from) {
		if n.bare && x.boundary(n.to) {
			found(quantity{value: n.value}, "", n.to)
		}
		if n.to >= len(x.text) || n.tight && x.text[n.to].gap {
			continue
		}
		x.lex.units.visit(x.text, n.to, func(f *form, to int) {
			if f.kind != kindUnit || !x.boundary(to) && !isHangul(x.text[to-1].r) || x.midSyllable(to) {
				return
			}
			for _, unit := range f.concepts {
				found(quantity{value: n.value, unit: unit}, "", to)
				x.bounds(to, func(bound string, end int) { found(quantity{value: n.value, unit: unit}, bound, end) })
			}
		})
	}
}

// bounds finds what says, directly after a quantity, that it is a bound: 이상, 넘게, or more. It is read with the
// quantity, because 이상 elsewhere means that something is amiss.
func (x *lattice) bounds(from int, found func(bound string, to int)) {
	if from >= len(x.text) {
		return
	}
	x.lex.words.visit(x.text, from, func(f *form, to int) {
		if f.kind != kindNoun && f.kind != kindWord || x.midSyllable(to) {
			return
		}
		for _, concept := range f.concepts {
			if concept == "bound.atleast" || concept == "bound.atmost" {
				found(concept, to)
			}
		}
	})
}

func (x *lattice) numeralsAt(from int) []numeral {
	if isDigit(x.text[from].r) {
		if from > 0 && isDigit(x.text[from-1].r) && !x.text[from].gap {
			return nil
		}
		return []numeral{x.digitsAt(from)}
	}
	var out []numeral
	if value, to, syllables := x.sinoAt(from); syllables > 1 || syllables == 1 && strings.ContainsRune("삼오육칠팔십백천만", x.syllable(from)) {
		out = append(out, numeral{value: value, to: to, tight: syllables == 1})
	}
	x.lex.units.visit(x.text, from, func(f *form, to int) {
		if f.kind != kindNumber || x.midSyllable(to) || !isHangul(x.text[from].r) && !(x.boundary(from) && x.boundary(to)) {
			return
		}
		value := atoi(f.concepts[0])
		out = append(out, numeral{value: float64(value), to: to, bare: !isHangul(x.text[from].r) && value != 1})
	})
	return out
}

// digitsAt reads digits, a decimal fraction, and thousands set apart by commas.
func (x *lattice) digitsAt(from int) numeral {
	var digits strings.Builder
	i := from
	for ; i < len(x.text) && isDigit(x.text[i].r); i++ {
		if i > from && x.text[i].gap {
			between := x.source[x.text[i-1].end:x.text[i].start]
			if between == "." && !strings.Contains(digits.String(), ".") {
				digits.WriteByte('.')
			} else if between != "," || !x.digitGroup(i) {
				break
			}
		}
		digits.WriteRune(x.text[i].r)
	}
	value, err := strconv.ParseFloat(digits.String(), 64)
	if err != nil || value > 1e12 { // a longer number is an identifier, not an amount
		value = 0
	}
	return numeral{value: value, to: i, bare: true}
}

// digitGroup reports whether exactly three digits stand together at a place.
func (x *lattice) digitGroup(at int) bool {
	n := 0
	for i := at; i < len(x.text) && isDigit(x.text[i].r) && (n == 0 || !x.text[i].gap); i++ {
		n++
	}
	return n == 3
}

// sinoAt reads Sino-Korean numerals: 이백오십 is 250, 만 is 10,000.
func (x *lattice) sinoAt(from int) (value float64, to, syllables int) {
	total, section, digit := 0, 0, 0
	for to = from; to < len(x.text); {
		n, ok := x.lex.sino[x.syllable(to)]
		if !ok || syllables > 0 && x.text[to].gap || total > 1e8 {
			break
		}
		switch {
		case n == 10_000:
			total += max(1, section+digit) * n
			section, digit = 0, 0
		case n >= 10:
			section += max(1, digit) * n
			digit = 0
		case digit != 0: // two digits in a row are no number in words
			return 0, from, 0
		default:
			digit = n
		}
		to = x.afterSyllable(to)
		syllables++
	}
	return float64(total + section + digit), to, syllables
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
