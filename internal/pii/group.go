package pii

import (
	"strings"
	"unicode/utf8"
)

// group is a run of digits.
type group struct {
	start, end int
	// gap is what separates it from the group before; empty for the first of a train.
	gap string
}

func (g *group) single() bool { return g.end-g.start == 1 }

const (
	maxGap   = 3
	maxTrain = 400
)

// separates are the characters that may stand between the digits of one number.
var separates = func() (set [256]bool) {
	for _, b := range []byte(" -._/~:+()*") {
		set[b] = true
	}
	return set
}()

func digit(b byte) bool { return '0' <= b && b <= '9' }

func letter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// trains calls found with each longest sequence of groups that may belong to one number and have digits enough for one.
func (p *plain) trains(found func([]group)) {
	var train []group
	digits := 0 // of train
	s := p.text
	for i := 0; i < len(s); {
		if !digit(s[i]) {
			i++
			continue
		}
		end := i
		for end < len(s) && digit(s[end]) {
			end++
		}
		gap := ""
		if n := len(train); n > 0 {
			gap = s[train[n-1].end:i]
			if n == maxTrain || !isGap(gap) {
				if digits >= leastDigits {
					found(train)
				}
				train, gap, digits = train[:0], "", 0
			}
		}
		train = append(train, group{i, end, gap})
		digits += end - i
		i = end
	}
	if digits >= leastDigits {
		found(train)
	}
}

func isGap(gap string) bool {
	if len(gap) == 0 || len(gap) > maxGap {
		return false
	}
	for i := range len(gap) {
		if !separates[gap[i]] {
			return false
		}
	}
	return true
}

// candidate is a stretch of a train read as one number.
type candidate struct {
	p          *plain
	digits     string
	start, end int
	// breaks has bit n set where a gap follows the nth digit.
	breaks uint32
	// joined tells that another number goes on to the left or right with no more than a dash or dot between, so that this
	// may be a part of a longer one.
	joined bool
	// partial tells a number typed digit by digit of which there are more digits.
	partial bool
	// worded tells that letters touch it on the left: directly, or by a dash, dot or underscore.
	worded bool
	// trailed tells that a Latin letter follows it directly.
	trailed bool
	// dotted tells that all gaps are dots, as those of versions and addresses.
	dotted bool

	read  bool // whether about has been looked up
	about context
}

// says is the class that the words around speak of.
func (c *candidate) says() Class {
	if !c.read {
		c.read, c.about = true, c.p.look(c.start, c.end)
	}
	return c.about.says
}

// near tells that those words stand directly before.
func (c *candidate) near() bool { return c.says() != "" && c.about.near }

// apart tells that a space or a letter stands before, as before a number in a sentence, and not a sign as before a figure.
func (c *candidate) apart() bool {
	if c.start == 0 {
		return true
	}
	b := c.p.text[c.start-1]
	return b == ' ' && !c.worded || b >= utf8.RuneSelf
}

const (
	leastDigits = 9
	mostDigits  = 19
)

// digitsOf are the digits of a train without what separates them.
func (p *plain) digitsOf(train []group) string {
	if len(train) == 1 {
		return p.text[train[0].start:train[0].end]
	}
	b := make([]byte, 0, 2*mostDigits)
	for i := range train {
		b = append(b, p.text[train[i].start:train[i].end]...)
	}
	return string(b)
}

// candidates calls try with each stretch of a train from group i on that has the length of a number, until it takes one.
// It returns how many groups were taken. digits are those of the train from there on; c is written over.
func (p *plain) candidates(c *candidate, train []group, i int, digits string, try func(*candidate) bool) int {
	n := 0
	*c = candidate{p: p, start: train[i].start, dotted: true}
	taken := 0
	for j := i; j < len(train); j++ {
		size := train[j].end - train[j].start
		if n+size > mostDigits {
			break
		}
		if j > i {
			c.breaks |= 1 << n
			c.dotted = c.dotted && train[j].gap == "."
		}
		n += size
		if n < leastDigits || n == leastDigits && digits[0] != '0' {
			continue
		}
		c.digits, c.end, c.read = digits[:n], train[j].end, false
		c.around(train, i, j)
		if try(c) {
			taken = j - i + 1
		}
	}
	return taken
}

// around looks at what touches the candidate.
func (c *candidate) around(train []group, i, j int) {
	c.joined = i > 0 && tight(train[i].gap) || j+1 < len(train) && tight(train[j+1].gap)
	c.partial = c.spelt() && (i > 0 && train[i-1].single() || j+1 < len(train) && train[j+1].single())
	s := c.p.text
	c.worded, c.trailed = false, c.end < len(s) && letter(s[c.end])
	if c.end+1 < len(s) && s[c.end] == '-' && letter(s[c.end+1]) {
		c.trailed = true
	}
	at := c.start
	if at > 0 && strings.IndexByte("-._+", s[at-1]) >= 0 {
		at--
	}
	c.worded = at > 0 && letter(s[at-1])
}

// tight tells a gap that binds two numbers into one.
func tight(gap string) bool { return gap == "-" || gap == "." || gap == "--" }

// split tells that the gaps stand where a number of this shape has them: after the digits given by offset. A number typed
// digit by digit has one after each.
func (c *candidate) split(offsets ...int) bool {
	var allowed uint32
	for _, o := range offsets {
		allowed |= 1 << o
	}
	return c.breaks&^allowed == 0 || c.spelt()
}

// spelt tells a number with a gap after every digit.
func (c *candidate) spelt() bool { return c.breaks == 1<<len(c.digits)-2 }

// shaped tells that all gaps of a shape are there, so that the number is written as such numbers are.
func (c *candidate) shaped(offsets ...int) bool {
	var wanted uint32
	for _, o := range offsets {
		wanted |= 1 << o
	}
	return c.breaks == wanted
}

// alone tells that nothing suggests that the digits are a part of something else.
func (c *candidate) alone() bool { return !c.joined && !c.worded && !c.trailed }
