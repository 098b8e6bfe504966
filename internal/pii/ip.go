package pii

import (
	"net/netip"
	"strings"
)

// findIPs finds addresses of both versions. Those that speak to no machine but their own are no personal data.
func findIPs(p *plain) []Finding {
	var out []Finding
	s := p.text
	for i := 0; i < len(s); {
		if !inAddress[s[i]] {
			i++
			continue
		}
		end, dots, colons := i, 0, 0
		for end < len(s) && inAddress[s[end]] {
			switch s[end] {
			case '.':
				dots++
			case ':':
				colons++
			}
			end++
		}
		if f, ok := p.ip(i, end, dots, colons); ok {
			out = append(out, f)
		}
		i = max(end, i+1)
	}
	return out
}

// inAddress are the characters of addresses.
var inAddress = func() (set [256]bool) {
	for _, b := range []byte("0123456789abcdefABCDEF.:") {
		set[b] = true
	}
	return set
}()

func hex(b byte) bool { return digit(b) || 'a' <= b|0x20 && b|0x20 <= 'f' }

// ip reads an address from a stretch of digits, dots and colons, of which those at its ends may be punctuation or a port.
func (p *plain) ip(start, end, dots, colons int) (Finding, bool) {
	s := p.text
	if colons >= 2 {
		if f, ok := p.ipv6(start, end); ok {
			return f, true
		}
	}
	if dots < 3 {
		return Finding{}, false
	}
	for start < end && !digit(s[start]) {
		start++
	}
	at := start
	for part := range 4 {
		from := at
		for at < end && digit(s[at]) {
			at++
		}
		if at == from || at-from > 3 || part < 3 && (at >= end || s[at] != '.') {
			return Finding{}, false
		}
		if part < 3 {
			at++
		}
	}
	if at < end && (hex(s[at]) || s[at] == '.' && at+1 < end && hex(s[at+1])) || at < len(s) && letter(s[at]) {
		return Finding{}, false
	}
	return p.address(start, at)
}

// ipv6 reads an address with colons.
func (p *plain) ipv6(start, end int) (Finding, bool) {
	s := p.text
	if s[start] == ':' && s[start+1] != ':' { // of the word before
		start++
	}
	for end > start && s[end-1] == '.' || end-start > 2 && s[end-1] == ':' && s[end-2] != ':' {
		end--
	}
	if start > 0 && letter(s[start-1]) || end < len(s) && (letter(s[end]) || s[end] == '_') || !strings.ContainsAny(s[start:end], "0123456789") {
		return Finding{}, false
	}
	return p.address(start, end)
}

// address keeps what is an address, and no version.
func (p *plain) address(start, end int) (Finding, bool) {
	addr, err := netip.ParseAddr(strings.TrimLeft(p.lower[start:start+1], "0") + p.lower[start+1:end])
	if err != nil {
		addr, err = netip.ParseAddr(p.lower[start:end])
	}
	if err != nil || addr.IsLoopback() || addr.IsUnspecified() || p.version(start) {
		return Finding{}, false
	}
	return Finding{Class: IPAddress, Start: start, End: end, Value: addr.Unmap().String()}, true
}

// version tells that four numbers with dots follow what makes them a version: a product and a slash, a v, or the word.
func (p *plain) version(start int) bool {
	if start == 0 {
		return false
	}
	switch before := p.lower[start-1]; {
	case before == '/' && start > 1 && p.lower[start-2] != '/':
		return letter(p.lower[start-2]) && !strings.HasSuffix(p.lower[:start-1], "http:") && product(p.text[:start-1])
	case before == 'v' || before == '-' || before == '.':
		return true
	}
	s := strings.TrimRight(p.lower[max(0, start-20):start], ` ="':v`)
	for _, word := range []string{"version", "ver", "ver.", "release", "build", "버전", "릴리스", "빌드", "버젼"} {
		if strings.HasSuffix(s, word) {
			return true
		}
	}
	return false
}

// product tells that s ends with a word that begins with a capital, as in Chrome/120.0.0.0.
func product(s string) bool {
	i := len(s)
	for i > 0 && letter(s[i-1]) {
		i--
	}
	return i < len(s) && s[i] <= 'Z'
}
