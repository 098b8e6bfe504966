// Package pii finds personal data and secrets in text and puts stable pseudonyms in their place. It knows numbers by their
// shape, their check digits and the words around them, in Korean and English. A check digit only ever raises confidence:
// Korean resident and foreigner registration numbers issued since October 2020 do not have one. Names and postal addresses
// are not detected in running text, which no rule does reliably: they are masked where an attribute says that it holds one.
package pii

import (
	"cmp"
	"slices"
)

// Class is a kind of personal data.
type Class string

// The classes.
const (
	ResidentNumber  Class = "rrn"      // Korean resident registration number, 주민등록번호
	ForeignerNumber Class = "frn"      // Korean foreigner registration number, 외국인등록번호
	Passport        Class = "passport" // passport number, by the words around it
	DriverLicence   Class = "licence"  // Korean driver's licence
	BusinessNumber  Class = "business" // Korean business registration number: of firms, and of people who are one
	Phone           Class = "phone"
	Account         Class = "account" // bank account, by the words around it
	Card            Class = "card"    // payment card, by Luhn's check digit
	Email           Class = "email"
	IPAddress       Class = "ip"
	Token           Class = "token" // JWT, API key, password, cookie, private key
	Name            Class = "name"  // by attribute only
	Address         Class = "addr"  // postal address, by attribute only
)

// Classes are all classes, the first of two that overlap and are as long wins.
var Classes = []Class{
	Token, Email, ResidentNumber, ForeignerNumber, Card, DriverLicence, Passport, Phone, BusinessNumber, Account, IPAddress, Name, Address,
}

// Finding is a stretch of a text that holds personal data.
type Finding struct {
	Class Class
	// Start and End are byte offsets in the text, half open.
	Start, End int
	// Value is what was found in its plainest form, the same however it was written: digits only, lower case.
	Value string
	// Checked tells that the value's check digit is right, where its class has one.
	Checked bool
}

// MaxText is how much of a text is looked at, in bytes. What is beyond is not safe to show.
const MaxText = 256 << 10

// Find returns the personal data in a text, in order and without overlaps.
func Find(text string) []Finding {
	if len(text) > MaxText {
		text = text[:MaxText]
	}
	found := scan(text)
	return append(found, encoded(text, found)...).settle()
}

type findings []Finding

// scan finds what is written openly, in offsets of text.
func scan(text string) findings {
	p := flatten(text)
	var found findings
	for _, look := range []func(*plain) []Finding{findWorded, findEmails, findNumbers, findIPs} {
		found = append(found, look(p)...)
	}
	for i := range found {
		found[i].Start, found[i].End = p.source(found[i].Start, found[i].End)
	}
	return found
}

// settle sorts findings and makes one of those that overlap, so that no part of any is left: of the class of the longest,
// then of the earlier class.
func (f findings) settle() []Finding {
	slices.SortFunc(f, func(a, b Finding) int { return cmp.Compare(a.Start, b.Start) })
	var out []Finding
	size := 0 // of the finding whose class the last one has
	for _, x := range f {
		n := len(out) - 1
		if n < 0 || x.Start >= out[n].End {
			out, size = append(out, x), x.End-x.Start
			continue
		}
		start, end := out[n].Start, max(out[n].End, x.End)
		if better := x.End - x.Start; better > size || better == size && rank(x.Class) < rank(out[n].Class) {
			out[n], size = x, better
		}
		out[n].Start, out[n].End = start, end
	}
	return out
}

func rank(c Class) int { return slices.Index(Classes, c) }
