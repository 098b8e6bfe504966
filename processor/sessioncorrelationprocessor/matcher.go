package sessioncorrelationprocessor

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/braidotel/braid/internal/identity"
	"github.com/braidotel/braid/internal/session"
)

// Matcher selects items: all conditions that are set must hold.
type Matcher struct {
	// Kind is the kind of item: server, client, internal (any other span), span (any), log. Default server.
	Kind string `mapstructure:"kind"`
	// Name is a regular expression over a span's name or a log record's event name.
	Name string `mapstructure:"name"`
	// Attributes are regular expressions over attributes, by key; the item must carry each of them.
	Attributes map[string]string `mapstructure:"attributes"`
	// Body is a regular expression over a log record's text.
	Body string `mapstructure:"body"`
}

var matcherKinds = map[string]func(session.Kind) bool{
	"":         func(k session.Kind) bool { return k == session.KindServer },
	"server":   func(k session.Kind) bool { return k == session.KindServer },
	"client":   func(k session.Kind) bool { return k == session.KindClient },
	"internal": func(k session.Kind) bool { return k == session.KindInternal },
	"span":     func(k session.Kind) bool { return k != session.KindLog },
	"log":      func(k session.Kind) bool { return k == session.KindLog },
}

func (m *Matcher) validate() error {
	var errs []error
	if _, ok := matcherKinds[m.Kind]; !ok {
		errs = append(errs, fmt.Errorf("kind: must be of server, client, internal, span, log, is %q", m.Kind))
	}
	if m.Name == "" && len(m.Attributes) == 0 && m.Body == "" {
		errs = append(errs, errors.New("needs a name, attributes or a body to match"))
	}
	if m.Body != "" && m.Kind != "log" {
		errs = append(errs, errors.New("body: only log records have one, set kind: log"))
	}
	errs = append(errs, compiles("name", m.Name), compiles("body", m.Body))
	for key, expression := range m.Attributes {
		errs = append(errs, compiles("attributes::"+key, expression))
	}
	return errors.Join(errs...)
}

// pattern is a compiled expression; one that is only a word between anchors is compared, not searched.
type pattern struct {
	exact      string
	expression *regexp.Regexp
	answers    *answers
}

// answers remembers what an expression said of values it was asked about: paths and methods repeat. Reading takes no
// lock; a new value copies the map, at most maxAnswers times.
type answers struct {
	known atomic.Pointer[map[string]bool]
}

const (
	maxAnswers     = 512
	maxAnswerBytes = 128
)

func (a *answers) of(s string, expression *regexp.Regexp) bool {
	known := a.known.Load()
	if known != nil {
		if answer, ok := (*known)[s]; ok {
			return answer
		}
	}
	answer := expression.MatchString(s)
	switch {
	case len(s) > maxAnswerBytes:
	case known == nil:
		a.known.CompareAndSwap(nil, &map[string]bool{strings.Clone(s): answer})
	case len(*known) < maxAnswers:
		more := maps.Clone(*known)
		more[strings.Clone(s)] = answer
		a.known.CompareAndSwap(known, &more)
	}
	return answer
}

func compilePattern(expression string) pattern {
	word, ok := strings.CutPrefix(expression, "^")
	if ok {
		if word, ok = strings.CutSuffix(word, "$"); ok && regexp.QuoteMeta(word) == word {
			return pattern{exact: word}
		}
	}
	return pattern{expression: regexp.MustCompile(expression), answers: &answers{}}
}

func (p pattern) match(s string) bool {
	if p.expression == nil {
		return s == p.exact
	}
	return p.answers.of(s, p.expression)
}

// matcher is a compiled Matcher.
type matcher struct {
	kind       func(session.Kind) bool
	name       *pattern
	body       *regexp.Regexp // no two bodies are the same
	attributes []slotPattern
}

type slotPattern struct {
	slot    int
	pattern pattern
}

type matchers []matcher

func compileMatchers(configured []Matcher, x *identity.Extractor) matchers {
	compiled := make(matchers, 0, len(configured))
	for _, c := range configured {
		m := matcher{kind: matcherKinds[c.Kind]}
		if c.Name != "" {
			p := compilePattern(c.Name)
			m.name = &p
		}
		if c.Body != "" {
			m.body = regexp.MustCompile(c.Body)
		}
		for _, key := range slices.Sorted(maps.Keys(c.Attributes)) {
			m.attributes = append(m.attributes, slotPattern{slot: x.Slot(key), pattern: compilePattern(c.Attributes[key])})
		}
		compiled = append(compiled, m)
	}
	return compiled
}

// match reports whether any matcher takes the item.
func (ms matchers) match(kind session.Kind, name string, f *identity.Fields) bool {
	for i := range ms {
		if ms[i].match(kind, name, f) {
			return true
		}
	}
	return false
}

func (m *matcher) match(kind session.Kind, name string, f *identity.Fields) bool {
	if !m.kind(kind) {
		return false
	}
	for _, a := range m.attributes {
		value := f.Get(a.slot).First()
		if value == "" || !a.pattern.match(value) {
			return false
		}
	}
	return (m.name == nil || m.name.match(name)) && (m.body == nil || m.body.MatchString(f.Body))
}

func defaultLogin() LoginConfig {
	return LoginConfig{
		Attempts: []Matcher{{Attributes: map[string]string{
			"http.request.method": "^POST$",
			"url.path":            `(?i)/(log-?in|sign-?in|authenticate|j_(spring_)?security_check)(\.\w+)?/?$`,
		}}},
		Refused: []Matcher{{Attributes: map[string]string{"http.response.status_code": "^(401|403|429)$"}}},
		Logouts: []Matcher{{Attributes: map[string]string{"url.path": `(?i)/(log-?out|log-?off|sign-?out)(\.\w+)?/?$`}}},

		FloodAttempts: 60,
	}
}

func defaultPage() PageConfig {
	return PageConfig{
		Match: []Matcher{{Attributes: map[string]string{"http.request.method": "^GET$"}}},
		Names: []string{"http.route", "url.path"},
	}
}
