// Package identity reads out of one span, log record or request who is behind it: a session, a user, a client address.
//
// It is told what to read by rules (first match wins, per target) and takes plain values: the caller looks attributes up
// by the keys that [Extractor.Slot] knows and hands them over in [Fields]. Nothing here remembers anything between items;
// joining what several items say is package session's work.
package identity

// Source says where an identity was read.
type Source uint8

// The sources, in the words of the attribute braid.session.source.
const (
	SourceNone Source = iota
	SourceAttribute
	SourceCookie
	SourceHeader
	SourceBody
	SourceMetadata
	SourceTrace
)

// String returns the value of the attribute braid.session.source.
func (s Source) String() string {
	switch s {
	case SourceAttribute:
		return "attribute"
	case SourceCookie:
		return "cookie"
	case SourceHeader:
		return "header"
	case SourceBody:
		return "body"
	case SourceMetadata:
		return "metadata"
	case SourceTrace:
		return "trace"
	case SourceNone:
	}
	return ""
}

// Token is a value that stands for a session without being its session.id, such as an application server's cookie.
type Token struct {
	// Name is the cookie's name; tokens of different names never meet.
	Name string
	// Value is the decoded value.
	Value string
}

// Evidence is what one item says about who is behind it. Strings may share memory with the item.
type Evidence struct {
	// Session is a session id as such, empty when the item carries none.
	Session string
	// SessionSource is where Session or, without one, the first token was read.
	SessionSource Source
	// Previous is the session id that Session replaces.
	Previous string
	// Presented is the token the visitor sent, Issued the one the answer set; empty values mean none.
	Presented, Issued Token
	// User is the user id, empty when the item carries none.
	User string
	// Client is the visitor's network address as this hop sees it, trusted proxies skipped.
	Client string
	// Credentials is true when the item carried what a user id would have been in, such as a cookie header, whether
	// or not one was there: who says nothing here is anonymous.
	Credentials bool
}

// Empty reports whether the item said nothing at all.
func (e *Evidence) Empty() bool {
	// A session or token has a source, and a user has been in credentials.
	return e.SessionSource == SourceNone && !e.Credentials && e.Client == "" && e.Previous == ""
}

// Value is an attribute's value: a string or a list of strings.
type Value struct {
	One  string
	Many []string
}

func (v Value) empty() bool { return v.One == "" && len(v.Many) == 0 }

// First is the string, or the first of the list.
func (v Value) First() string {
	if v.One != "" || len(v.Many) == 0 {
		return v.One
	}
	return v.Many[0]
}

// each calls f with every string of v until f returns false.
func (v Value) each(f func(string) bool) {
	if v.One != "" && !f(v.One) {
		return
	}
	for _, s := range v.Many {
		if !f(s) {
			return
		}
	}
}

// Fields holds the values of one item by the slots of an [Extractor].
type Fields struct {
	values []Value
	filled []int
	mask   uint64 // of the filled slots, modulo 64
	jar    []cookies
	// Body is a log record's body, if it is text.
	Body string
	// Metadata looks up what the client sent with the request (a header of the export call); may be nil.
	Metadata func(key string) string
}

// Set fills a slot; an empty value does not.
func (f *Fields) Set(slot int, v Value) {
	if v.empty() {
		return
	}
	f.values[slot] = v
	f.filled = append(f.filled, slot)
	f.mask |= 1 << (slot & 63)
}

// Get returns the value of a slot.
func (f *Fields) Get(slot int) Value { return f.values[slot] }

// Filled reports whether any slot is.
func (f *Fields) Filled() bool { return len(f.filled) > 0 }

// Reset empties every slot for the next item.
func (f *Fields) Reset() {
	for _, slot := range f.filled {
		f.values[slot] = Value{}
	}
	f.filled, f.mask = f.filled[:0], 0
	f.Body = ""
}
