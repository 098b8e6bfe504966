// Package layout knows how frameworks lay sessions out in Redis: which keys are sessions, which fields of them tell when
// they began, were used, and end, and who is logged in, and how these fields are written.
package layout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/scalar"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/stored"
)

// Shape is what is read of a session.
type Shape uint8

const (
	// Bare reads nothing but how long the key still lives.
	Bare Shape = iota
	// Hash reads the fields named by Layout.Fields.
	Hash
	// Text reads the value.
	Text
)

// Fields name what is read of a session: hash fields, or paths within a text. Empty: there is none.
type Fields struct {
	// User is who is logged in.
	User string
	// Created, Accessed and Expires are times: seconds or milliseconds since 1970, or RFC 3339.
	Created, Accessed, Expires string
	// Interval is the number of seconds after Accessed at which an unused session ends; none if not positive.
	Interval string
	// Valid is a field that is "false" once the session is over.
	Valid string
}

// list returns the fields in a fixed order, and which are set.
func (f *Fields) list() [6]string {
	return [...]string{f.User, f.Created, f.Accessed, f.Expires, f.Interval, f.Valid}
}

// Layout is how one framework lays sessions out.
type Layout struct {
	name     string
	prefix   string // of all keys of the framework
	sessions string // prefix of the sessions' keys
	users    string // prefix of the keys that list a user's sessions; empty: there are none
	endings  string // prefix of the keys that live as long as their session; empty: there are none
	shape    Shape
	fields   Fields
	wanted   []string // set fields, in the order of Fields.list
	parse    func(text []byte, paths []string) ([]scalar.Value, error)
}

// Names lists the layouts.
func Names() []string {
	names := make([]string, 0, len(layouts))
	for name := range layouts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// New returns the layout called name. An empty prefix and empty fields take the framework's own.
func New(name, prefix string, fields Fields) (*Layout, error) {
	build, ok := layouts[name]
	if !ok {
		return nil, fmt.Errorf("must be of %s, is %q", strings.Join(Names(), ", "), name)
	}
	l := build(prefix, fields)
	l.name = name
	if l.sessions == "" {
		l.sessions = l.prefix
	}
	for _, field := range l.fields.list() {
		if field != "" {
			l.wanted = append(l.wanted, field)
		}
	}
	if len(l.wanted) == 0 {
		l.shape = Bare
	}
	return l, nil
}

// Shape is what to read of a session.
func (l *Layout) Shape() Shape { return l.shape }

// Prefix is what all keys of the framework begin with.
func (l *Layout) Prefix() string { return l.prefix }

// Fields are the hash fields to read.
func (l *Layout) Fields() []string { return l.wanted }

// NeedsTTL reports whether a session's end is only known from how long its key lives.
func (l *Layout) NeedsTTL() bool { return l.fields.Expires == "" && l.fields.Interval == "" }

// Kind is what a key stands for.
type Kind uint8

const (
	// Other is a key of no interest.
	Other Kind = iota
	// Session is a session's key, and what follows is its id.
	Session
	// User is a key that lists the sessions of a user, and what follows is the user.
	User
	// Ending is a key that goes when its session ends, and what follows is the session's id.
	Ending
)

// maxName is the longest id or user that a key may hold.
const maxName = 1024

// Classify tells what a key stands for, and the session id or user in it.
func (l *Layout) Classify(key string) (Kind, string) {
	for _, kind := range []struct {
		prefix string
		kind   Kind
	}{{l.endings, Ending}, {l.users, User}, {l.sessions, Session}} {
		if kind.prefix == "" && kind.kind != Session {
			continue
		}
		if name, ok := strings.CutPrefix(key, kind.prefix); ok {
			if name == "" || len(name) > maxName {
				return Other, ""
			}
			return kind.kind, name
		}
	}
	return Other, ""
}

// Key is the key of a session.
func (l *Layout) Key(id string) string { return l.sessions + id }

// Members reads the ids that a user's key lists.
func (l *Layout) Members(members []string) []string {
	ids := make([]string, 0, len(members))
	for _, member := range members {
		if v, err := scalar.Decode([]byte(member)); err == nil && v.Text != "" {
			ids = append(ids, v.Text)
		}
	}
	return ids
}

// DecodeHash makes a session of the values of Fields, nil where there is none. With a time to live that is not positive,
// none is known.
func (l *Layout) DecodeHash(id string, values [][]byte, ttl time.Duration, now time.Time) (stored.Session, error) {
	decoded := make([]scalar.Value, len(values))
	for i, value := range values {
		v, err := scalar.Decode(value)
		if err != nil {
			return stored.Session{}, fmt.Errorf("field %s: %w", l.wanted[i], err)
		}
		decoded[i] = v
	}
	return l.session(id, decoded, ttl, now), nil
}

// DecodeText makes a session of a text.
func (l *Layout) DecodeText(id string, text []byte, ttl time.Duration, now time.Time) (stored.Session, error) {
	values, err := l.parse(text, l.wanted)
	if err != nil {
		return stored.Session{}, err
	}
	return l.session(id, values, ttl, now), nil
}

// DecodeBare makes a session of how long its key still lives.
func (l *Layout) DecodeBare(id string, ttl time.Duration, now time.Time) stored.Session {
	return l.session(id, nil, ttl, now)
}

func (l *Layout) session(id string, values []scalar.Value, ttl time.Duration, now time.Time) stored.Session {
	var all [6]scalar.Value
	next := 0
	for i, field := range l.fields.list() {
		if field != "" && next < len(values) {
			all[i] = values[next]
			next++
		}
	}
	s := stored.Session{
		ID: id, User: stored.Fit(all[0].Text), Created: all[1].Time(), Accessed: all[2].Time(), Expires: all[3].Time(),
		Over: all[5].Text == "false",
	}
	if interval := all[4]; interval.IsNumber && interval.Int > 0 && interval.Int < maxInterval && !s.Accessed.IsZero() {
		s.Expires = s.Accessed.Add(time.Duration(interval.Int) * time.Second)
	} else if interval.IsNumber && interval.Int == 0 {
		s.Over = true // deleted, and kept for those who still have to hear of it
	}
	if s.Expires.IsZero() && ttl > 0 && l.NeedsTTL() {
		s.Expires = now.Add(ttl)
	}
	if !s.Expires.IsZero() && s.Expires.Before(now) {
		s.Over = true
	}
	return s
}

// maxInterval is the longest time that a session may lie unused, in seconds: ten years.
const maxInterval = 10 * 365 * 24 * 3600
