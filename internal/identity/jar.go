package identity

import (
	"slices"
	"strings"
)

// cookies is what an item shows of one cookie that the rules name: its value as the request presented and as the answer
// issued it, the first of each.
type cookies struct {
	presented, issued string
	found             bool // presented, be it empty
}

// cookieIndex returns where a cookie's values are in the jar of an item.
func (x *Extractor) cookieIndex(name string) int {
	if i := slices.Index(x.cookieNames, name); i >= 0 {
		return i
	}
	x.cookieNames = append(x.cookieNames, name)
	return len(x.cookieNames) - 1
}

// readCookies fills the jar in one pass over the headers and reports whether the item carries any.
func (x *Extractor) readCookies(f *Fields) bool {
	sent, set := f.values[x.cookie], f.values[x.setCookie]
	if sent.empty() && set.empty() {
		return false
	}
	clear(f.jar)
	sent.each(func(header string) bool {
		x.readCookie(f.jar, x.boundCookie(header))
		return true
	})
	set.each(func(header string) bool {
		x.readSetCookie(f.jar, x.boundCookie(header))
		return true
	})
	return true
}

// readCookie reads a Cookie header (RFC 6265 §4.2). Names are compared exactly; the first of several wins, as in user
// agents' order of most specific path first.
func (x *Extractor) readCookie(jar []cookies, header string) {
	for header != "" {
		var pair string
		pair, header, _ = strings.Cut(header, ";")
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			continue
		}
		if i := slices.Index(x.cookieNames, name); i >= 0 && !jar[i].found {
			jar[i].presented, jar[i].found = x.bound(decodeCookie(value)), true
		}
	}
}

// readSetCookie reads one Set-Cookie header; a cookie being deleted has no value.
func (x *Extractor) readSetCookie(jar []cookies, header string) {
	pair, attributes, _ := strings.Cut(header, ";")
	name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
	if !ok {
		return
	}
	i := slices.Index(x.cookieNames, name)
	if i >= 0 && jar[i].issued == "" && !deletes(attributes) {
		jar[i].issued = x.bound(decodeCookie(value))
	}
}

// boundCookie cuts a header that is too long at the end of the last cookie that is whole.
func (x *Extractor) boundCookie(header string) string {
	if limit := x.rules.MaxCookieBytes; tooLong(header, limit) {
		return header[:max(strings.LastIndexByte(header[:limit+1], ';'), 0)]
	}
	return header
}
