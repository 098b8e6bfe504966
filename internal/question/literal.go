package question

import (
	"net/netip"
	"regexp"
	"sort"
	"strings"
)

// A literal is what is recognised by its shape rather than by vocabulary.
type literal struct {
	kind       string // url, markup, assignment, ip, trace, session, user, version, date, clock, page, url, identifier
	value      string
	start, end int // bytes
}

// shapes are tried in this order; an earlier one keeps its place in the text.
var shapes = []struct {
	kind    string
	pattern *regexp.Regexp
}{
	{"url", regexp.MustCompile(`(?i)\bhttps?://\S+`)},
	{"markup", regexp.MustCompile(`<[/a-zA-Z!][^>]*>|\]\(|\$\{|\{\{`)},
	{"assignment", regexp.MustCompile(`(?i)\b[a-z_][a-z0-9_.]*=[^\s=]+`)},
	{"user", regexp.MustCompile(`(?i)\b[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+\b`)},
	{"session", regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)},
	{"trace", regexp.MustCompile(`(?i)\b([0-9a-f]{32}|[0-9a-f]{16})\b`)},
	{"ip", regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}\b`)},
	{"ip", regexp.MustCompile(`(?i)\b[0-9a-f]{1,4}(:[0-9a-f]{0,4}){2,7}`)},
	{"date", regexp.MustCompile(`\b\d{4}[-./]\d{1,2}[-./]\d{1,2}\b`)},
	{"clock", regexp.MustCompile(`\b([01]?\d|2[0-4]):[0-5]\d\b`)},
	{"version", regexp.MustCompile(`(?i)\b(v\d+(\.\d+){0,3}|\d+\.\d+\.\d+)(-[a-z0-9.]+)?\b`)},
	{"date", regexp.MustCompile(`\b(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])\b`)},
	{"user", regexp.MustCompile(`(?i)\b(u|usr|user|uid|cust|customer|member)[-_]\d[a-z0-9_-]*\b`)},
	{"user", regexp.MustCompile(`(?i)\b(u|usr|user|uid|cust|customer|member)\d{3,}\b`)},
	{"session", regexp.MustCompile(`(?i)\b(s|sess|session|sid)[-_][a-z0-9_-]*\d[a-z0-9_-]*\b`)},
	{"identifier", regexp.MustCompile(`(?i)\b[a-z][a-z0-9]*([-_][a-z0-9]+)*[-_][a-z0-9]*\d[a-z0-9]*\b`)},
	{"page", regexp.MustCompile(`(^|[\s"'(])(/[A-Za-z0-9_/-]*)`)},
}

// literals finds what has a shape, in the order of the text and without overlap.
func literals(text string) []literal {
	if strings.IndexFunc(text, func(r rune) bool { return r >= '0' && r <= '9' || r == '/' || r == '@' || r == ':' }) < 0 {
		return nil
	}
	var out []literal
	for _, shape := range shapes {
		for _, at := range shape.pattern.FindAllStringSubmatchIndex(text, -1) {
			start, end := at[0], at[1]
			if shape.kind == "page" {
				start, end = at[4], at[5]
			}
			l := literal{kind: shape.kind, value: text[start:end], start: start, end: end}
			if l.valid() && !overlaps(out, start, end) {
				out = append(out, l)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].start < out[j].start })
	return out
}

func (l *literal) valid() bool {
	switch l.kind {
	case "ip":
		_, err := netip.ParseAddr(l.value)
		return err == nil
	case "trace", "session":
		l.value = strings.ToLower(l.value)
		return l.kind != "trace" || strings.ContainsAny(l.value, "0123456789")
	case "version":
		l.value = strings.TrimPrefix(strings.ToLower(l.value), "v")
	}
	return true
}

func overlaps(held []literal, start, end int) bool {
	for _, l := range held {
		if start < l.end && l.start < end {
			return true
		}
	}
	return false
}
