package pii

import "strings"

// isPhone tells a telephone number: of Korea, in any of the ways it is written, or of another country after a plus sign.
func isPhone(c *candidate) (is, checked bool) {
	national, offset := c.digits, 0
	plus := c.start > 0 && c.p.text[c.start-1] == '+' && (c.start < 2 || !digit(c.p.text[c.start-2]) && !letter(c.p.text[c.start-2]))
	if rest, ok := strings.CutPrefix(c.digits, "82"); ok && (plus || c.breaks&(1<<2) != 0 || c.says() == Phone) {
		national, offset = rest, 2
		if !strings.HasPrefix(rest, "0") {
			national, offset = "0"+rest, 1
		}
	}
	if ends := koreanNumber(national); ends != nil {
		return c.dialled(ends, offset, plus), false
	}
	n := len(c.digits)
	if c.spelt() && c.says() == Phone {
		return n <= 15, false
	}
	if plus && n >= 10 && n <= 15 {
		return !c.trailed && c.says() != other && (c.breaks != 0 || c.says() == Phone || n >= 11), false
	}
	return n == 10 && c.american(), false
}

// american tells a number of ten digits written as in (415) 555-0132.
func (c *candidate) american() bool {
	if c.digits[0] < '2' || c.digits[3] < '2' || !c.split(3, 6) || c.breaks == 0 {
		return c.says() == Phone && c.digits[0] >= '2' && c.breaks == 0 && c.alone()
	}
	return !c.trailed && (c.says() == Phone || c.start > 0 && c.p.text[c.start-1] == '(' && c.shaped(3, 6))
}

// koreanNumber returns where the parts of a national number end, nil if it is none.
func koreanNumber(d string) []int {
	n, area := len(d), 3
	switch {
	case n < 9 || d[0] != '0':
		return nil
	case strings.HasPrefix(d, "010"):
		if n != 11 {
			return nil
		}
	case d[1] == '1' && strings.IndexByte("16789", d[2]) >= 0: // the networks before 010
		if n != 10 && n != 11 {
			return nil
		}
	case d[1] == '2':
		area = 2
		if n != 9 && n != 10 {
			return nil
		}
	case strings.HasPrefix(d, "070"):
		if n != 11 {
			return nil
		}
	case strings.HasPrefix(d, "050"):
		area = 4
		if n != 11 && n != 12 {
			return nil
		}
	case d[1] >= '3' && d[1] <= '6' && d[2] >= '1' && d[2] <= '5':
		if n != 10 && n != 11 {
			return nil
		}
	default:
		return nil
	}
	return []int{area, n - 4}
}

// dialled tells that a number with the digits of a telephone number is one. Its parts end at ends, after as many digits as
// offset says: 2 for a country code, 1 for one in place of the first 0.
func (c *candidate) dialled(ends []int, offset int, plus bool) bool {
	at := []int{ends[0] + offset, ends[1] + offset}
	allowed := at
	if offset > 0 {
		allowed = append([]int{2, 3}, at...)
	}
	if !c.split(allowed...) && !(c.says() == Phone && c.breaks&(c.breaks-1) == 0) {
		return c.says() == Phone && c.near() && !c.joined && !c.trailed
	}
	if c.says() == Phone {
		return !c.trailed && (c.near() || !c.joined)
	}
	if c.joined || c.trailed {
		return false
	}
	mobile := offset > 0 || strings.HasPrefix(c.digits, "01") || strings.HasPrefix(c.digits, "05")
	if c.breaks != 0 {
		return mobile || plus || !c.dotted && c.says() != other
	}
	return mobile && !c.worded && c.says() != other
}
