package pii

import "strings"

// rule decides whether a candidate is a number of its class.
type rule struct {
	class Class
	holds func(*candidate) (is, checked bool)
}

// rules in the order they are tried. Accounts come last: nothing but the words around tells one.
var rules = []rule{
	{ResidentNumber, isResident}, {ForeignerNumber, isForeigner}, {Card, isCard}, {DriverLicence, isLicence}, {Phone, isPhone},
	{BusinessNumber, isBusiness}, {Account, isAccount},
}

// findNumbers finds the classes that consist of digits.
func findNumbers(p *plain) []Finding {
	var out []Finding
	var c candidate // one for all, which escapes
	var best Finding
	try := func(c *candidate) bool {
		f, ok := c.judge()
		if !ok || (best.Class != "" && rank(f.Class) >= rank(best.Class) && f.Class != Account) {
			return false
		}
		best = f
		return true
	}
	p.trains(func(train []group) {
		digits := p.digitsOf(train)
		for i := 0; i < len(train) && len(digits) >= leastDigits; {
			best = Finding{}
			taken := max(1, p.candidates(&c, train, i, digits, try))
			if best.Class != "" {
				out = append(out, best)
			}
			for range taken {
				digits = digits[train[i].end-train[i].start:]
				i++
			}
		}
	})
	return out
}

// judge tries the rules on a candidate.
func (c *candidate) judge() (Finding, bool) {
	if c.partial {
		return Finding{}, false
	}
	for i := range rules {
		if is, checked := rules[i].holds(c); is {
			start := c.start
			if rules[i].class == Phone && start > 0 && c.p.text[start-1] == '+' {
				start--
			}
			return Finding{Class: rules[i].class, Start: start, End: c.end, Value: c.digits, Checked: checked}, true
		}
	}
	return Finding{}, false
}

// isResident tells a resident registration number: a date of birth, then seven digits of which the first tells the century.
// It need not satisfy the check digit. Without a gap after the date, something else must not be known of it.
func isResident(c *candidate) (is, checked bool) { return registered(c, ResidentNumber, "123490", 11) }

// isForeigner tells a foreigner registration number.
func isForeigner(c *candidate) (is, checked bool) { return registered(c, ForeignerNumber, "5678", 13) }

func registered(c *candidate, class Class, centuries string, base int) (is, checked bool) {
	d := c.digits
	if len(d) != 13 || !c.split(6, 7) || !dated(d) || strings.IndexByte(centuries, d[6]) < 0 {
		return false, false
	}
	sum := 0
	for i, w := range [12]int{2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5} {
		sum += w * int(d[i]-'0')
	}
	checked = (base-sum%11+11)%10 == int(d[12]-'0')
	if c.says() == class || c.says() == ResidentNumber || c.says() == ForeignerNumber {
		return true, checked
	}
	if c.breaks != 0 {
		return !c.joined && !c.trailed && (!c.dotted || c.apart()) || checked, checked
	}
	return c.alone() && c.says() != other, checked
}

// dated tells that the first six digits can be a date: year, month, day.
func dated(d string) bool {
	month, day := int(d[2]-'0')*10+int(d[3]-'0'), int(d[4]-'0')*10+int(d[5]-'0')
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= [12]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// isCard tells a payment card: a known issuer's first digits, the length they use, and Luhn's check digit.
func isCard(c *candidate) (is, checked bool) {
	if !issued(c.digits) || !luhn(c.digits) {
		return false, false
	}
	if len(c.digits) == 15 || len(c.digits) == 14 {
		if !c.split(4, 10) {
			return false, false
		}
	} else if !c.split(4, 8, 12, 16) {
		return false, false
	}
	if c.says() == Card {
		return true, true
	}
	if c.says() == other && c.breaks == 0 {
		return false, true
	}
	return c.alone(), true
}

// issued tells the first digits of the card networks, and the lengths they issue.
func issued(d string) bool {
	n := len(d)
	two, four := int(d[0]-'0')*10+int(d[1]-'0'), 0
	for _, b := range []byte(d[:4]) {
		four = four*10 + int(b-'0')
	}
	switch {
	case d[0] == '4':
		return n == 13 || n == 16 || n == 19
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720:
		return n == 16
	case two == 34, two == 37:
		return n == 15
	case two == 36, two == 38, two == 39, four >= 3000 && four <= 3059:
		return n == 14 || n == 16
	case four >= 3528 && four <= 3589, four == 6011, two == 65, four >= 6440 && four <= 6499, two == 62:
		return n >= 16
	case d[0] == '9': // cards for use within Korea
		return n == 16
	}
	return false
}

func luhn(d string) bool {
	sum := 0
	for i := range len(d) {
		v := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// isLicence tells a driver's licence: region, year, serial, check, of which the last follows no published rule.
func isLicence(c *candidate) (is, checked bool) {
	d := c.digits
	if len(d) != 12 || !c.split(2, 4, 10) {
		return false, false
	}
	region := int(d[0]-'0')*10 + int(d[1]-'0')
	if region < 11 || region > 28 || region == 27 {
		return false, false
	}
	return c.says() == DriverLicence || c.shaped(2, 4, 10) && c.alone() && !c.dotted, false
}

// isBusiness tells a business registration number, by its check digit or by the words around it.
func isBusiness(c *candidate) (is, checked bool) {
	d := c.digits
	if len(d) != 10 || !c.split(3, 5) {
		return false, false
	}
	sum := int(d[8]-'0') * 5 / 10
	for i, w := range [9]int{1, 3, 7, 1, 3, 7, 1, 3, 5} {
		sum += w * int(d[i]-'0')
	}
	checked = (10-sum%10)%10 == int(d[9]-'0')
	if c.says() == BusinessNumber {
		return true, checked
	}
	return checked && c.shaped(3, 5) && c.alone() && !c.dotted && c.says() != other, checked
}

// isAccount tells a bank account, which nothing but the words around it does.
func isAccount(c *candidate) (is, checked bool) {
	n := len(c.digits)
	return c.says() == Account && n >= 10 && n <= 16 && !c.trailed && !c.joined && !c.spelt(), false
}
