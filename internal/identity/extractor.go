package identity

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Attributes read whatever the rules say.
const (
	keyCookie       = "http.request.header.cookie"
	keySetCookie    = "http.response.header.set-cookie"
	keyForwardedFor = "http.request.header.x-forwarded-for"
	keyForwarded    = "http.request.header.forwarded"
	keyPrevious     = "session.previous_id"
)

// Extractor applies Rules. It is safe for concurrent use once every slot has been asked for.
type Extractor struct {
	rules                 Rules
	session, user, client target
	slots                 map[string]int
	count                 int
	keys                  keyTable
	cookieNames           []string

	cookie, setCookie, forwardedFor, forwarded, previous int

	evidence uint64 // mask of the slots that evidence may be read from
	always   bool   // some rule reads neither slot nor body
}

type compiled struct {
	Rule
	source Source
	slot   int
	cookie int // index of Cookie in the jar
	body   *regexp.Regexp
	prefix string // literal every match of body begins with
}

// NewExtractor compiles rules; an invalid rule is an error naming it.
func NewExtractor(rules Rules) (*Extractor, error) {
	x := &Extractor{rules: rules, slots: make(map[string]int)}
	x.cookie, x.setCookie = x.Slot(keyCookie), x.Slot(keySetCookie)
	x.forwardedFor, x.forwarded = x.Slot(keyForwardedFor), x.Slot(keyForwarded)
	x.previous = x.Slot(keyPrevious)
	for _, slot := range []int{x.cookie, x.setCookie, x.forwardedFor, x.forwarded, x.previous} {
		x.evidence |= 1 << (slot & 63)
	}
	var err error
	for _, target := range []struct {
		rules []Rule
		into  *target
	}{{rules.Session, &x.session}, {rules.User, &x.user}, {rules.Client, &x.client}} {
		if *target.into, err = x.compile(target.rules); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (x *Extractor) compile(rules []Rule) (t target, err error) {
	for _, r := range rules {
		if err := r.Validate(); err != nil {
			return target{}, err
		}
		c := compiled{Rule: r, slot: -1}
		switch {
		case r.Attribute != "":
			c.source, c.slot = SourceAttribute, x.Slot(r.Attribute)
		case r.Cookie != "":
			c.source, c.cookie = SourceCookie, x.cookieIndex(r.Cookie)
			if r.Token == "" && !r.ID {
				c.Token = r.Cookie
			}
		case r.Header != "":
			c.source, c.slot = SourceHeader, x.Slot(r.HeaderAttribute())
		case r.Body != "":
			c.source, c.body = SourceBody, regexp.MustCompile(r.Body)
			c.prefix = literal(r.Body)
		case r.Metadata != "":
			c.source = SourceMetadata
		}
		g := guard{source: c.source}
		if c.slot >= 0 {
			g.bit = 1 << (c.slot & 63)
			x.evidence |= g.bit
		}
		x.always = x.always || c.source == SourceMetadata
		t.rules, t.guards = append(t.rules, c), append(t.guards, g)
	}
	return t, nil
}

// literal returns text that every match of a body expression must contain, to spare most bodies the expression.
func literal(expression string) string {
	expression = strings.TrimPrefix(expression, `(?:^|\s)`)
	rest, err := regexp.Compile(strings.TrimPrefix(expression, `\b`))
	if err != nil {
		return "" // what was cut off was repeated, as in (?:^|\s)*
	}
	prefix, _ := rest.LiteralPrefix()
	return prefix
}

// Slot returns the slot of an attribute key, giving it one if it has none yet. All slots are asked for before the
// first item. A captured header fills its slot under the older spelling of its name as well.
func (x *Extractor) Slot(key string) int {
	slot, ok := x.slots[key]
	if !ok {
		slot = x.count
		x.slots[key] = slot
		x.count++
		x.Alias(olderHeader(key), key)
	}
	return slot
}

// Alias makes an older key fill the slot of its successor. The newer name wins where an item carries both and Set is
// called for the older one first.
func (x *Extractor) Alias(older, key string) {
	if _, taken := x.slots[older]; !taken {
		x.slots[older] = x.Slot(key)
	}
}

// Lookup returns the slot that an attribute key fills, once the extractor is sealed.
func (x *Extractor) Lookup(key string) (slot int, ok bool) { return x.keys.find(key) }

// Slots returns how many slots there are.
func (x *Extractor) Slots() int { return x.count }

// Seal prepares Lookup, once every slot has been asked for.
func (x *Extractor) Seal() { x.keys = newKeyTable(x.slots) }

// NewFields returns empty fields for items of this extractor.
func (x *Extractor) NewFields() *Fields {
	return &Fields{values: make([]Value, x.count), jar: make([]cookies, len(x.cookieNames))}
}

// Extract reads the evidence out of an item's fields into e, which is empty. Server says that the item is the server side
// of a request, the only one whose client address and forwarding headers tell who the visitor is.
func (x *Extractor) Extract(f *Fields, server bool, e *Evidence) {
	if f.mask&x.evidence == 0 && f.Body == "" && !x.always {
		return
	}
	shown := x.readCookies(f)
	x.extractSession(f, e, shown)
	x.extractUser(f, e, shown)
	if server {
		e.Client = x.extractClient(f)
	}
	e.Previous = x.bound(f.values[x.previous].First())
}

func (x *Extractor) extractSession(f *Fields, e *Evidence, cookies bool) {
	for r := range x.session.candidates(f, cookies) {
		if r.Cookie != "" {
			f.extractCookie(r, e)
		} else if value := x.bound(x.read(f, r)); value != "" {
			switch {
			case r.Token == "" && e.Session == "":
				e.Session, e.SessionSource = value, r.source
			case r.Token != "" && e.Presented.Value == "":
				e.Presented = Token{Name: r.Token, Value: value}
				e.sourced(r.source)
			}
		}
		if e.Session != "" && e.Presented.Value != "" {
			return
		}
	}
}

func (f *Fields) extractCookie(r *compiled, e *Evidence) {
	presented, issued := f.jar[r.cookie].presented, f.jar[r.cookie].issued
	if r.ID {
		if e.Session == "" && presented+issued != "" {
			e.Session = issued
			if issued == "" {
				e.Session = presented
			}
			e.SessionSource = SourceCookie
		}
		return
	}
	if e.Presented.Value == "" && presented != "" {
		e.Presented = Token{Name: r.Token, Value: presented}
		e.sourced(SourceCookie)
	}
	if e.Issued.Value == "" && issued != "" {
		e.Issued = Token{Name: r.Token, Value: issued}
		e.sourced(SourceCookie)
	}
}

func (e *Evidence) sourced(s Source) {
	if e.SessionSource == SourceNone {
		e.SessionSource = s
	}
}

func (x *Extractor) extractUser(f *Fields, e *Evidence, cookies bool) {
	e.Credentials = cookies
	for r := range x.user.candidates(f, cookies) {
		value := ""
		if r.Cookie != "" {
			// Who has just been given the cookie is who the request was for.
			if value = f.jar[r.cookie].issued; value == "" {
				value = f.jar[r.cookie].presented
			}
		} else {
			value = x.bound(x.read(f, r))
		}
		if value != "" {
			e.User, e.Credentials = value, true
			return
		}
	}
}

func (x *Extractor) extractClient(f *Fields) string {
	peer := ""
	for r := range x.client.candidates(f, false) {
		if peer = x.bound(x.read(f, r)); peer != "" {
			break
		}
	}
	return x.visitor(peer, f.values[x.forwardedFor], f.values[x.forwarded])
}

func (x *Extractor) read(f *Fields, r *compiled) string {
	switch {
	case r.slot >= 0:
		return f.values[r.slot].First()
	case r.body != nil:
		return r.match(f.Body)
	case r.Metadata != "" && f.Metadata != nil:
		return f.Metadata(r.Metadata)
	}
	return ""
}

func (r *compiled) match(body string) string {
	if body == "" || !strings.Contains(body, r.prefix) {
		return ""
	}
	m := r.body.FindStringSubmatch(body)
	for _, group := range m[min(1, len(m)):] {
		if group != "" {
			return decodeCookie(group)
		}
	}
	if len(m) == 1 {
		return decodeCookie(m[0])
	}
	return ""
}

// bound makes a value fit to be an identity: valid UTF-8, not longer than configured.
func (x *Extractor) bound(value string) string {
	if value == "" {
		return ""
	}
	if limit := x.rules.MaxValueBytes; tooLong(value, limit) {
		value = value[:limit]
	}
	if !utf8.ValidString(value) {
		value = strings.ToValidUTF8(value, "")
	}
	return value
}
