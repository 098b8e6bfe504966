package redisread

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/layout"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/stored"
)

const (
	// readChunk is how many sessions one round trip reads: enough to be cheap, few enough not to hold a server up.
	readChunk = 500
	// maxMembers is how many of a user's sessions are read.
	maxMembers = 64
)

// asked is a session or user that has been asked for, and the answers.
type asked struct {
	kind    layout.Kind
	name    string // id or user
	values  *redis.SliceCmd
	text    *redis.StringCmd
	ttl     *redis.DurationCmd
	members *redis.StringSliceCmd
}

// readKeys reads what the keys hold. A key that has gone since it was listed is passed over, or told of.
func (s *Store) readKeys(ctx context.Context, keys []string, tellGone bool) ([]source.Change, error) {
	changes := make([]source.Change, 0, len(keys))
	for len(keys) > 0 {
		n := min(len(keys), readChunk)
		chunk, err := s.readChunk(ctx, keys[:n])
		if err != nil {
			return nil, err
		}
		now := time.Now()
		for i := range chunk {
			if changes, err = s.append(changes, &chunk[i], now, tellGone); err != nil {
				return nil, err
			}
		}
		keys = keys[n:]
	}
	return changes, nil
}

// readChunk asks for everything at once.
func (s *Store) readChunk(ctx context.Context, keys []string) ([]asked, error) {
	pipe := s.client.Pipeline()
	l := s.options.Layout
	chunk := make([]asked, 0, len(keys))
	for _, key := range keys {
		kind, name := l.Classify(key)
		a := asked{kind: kind, name: name}
		switch kind {
		case layout.Session:
			s.ask(ctx, pipe, key, &a)
		case layout.User:
			a.members = pipe.SRandMemberN(ctx, key, maxMembers)
		case layout.Other, layout.Ending:
			continue
		}
		chunk = append(chunk, a)
	}
	if len(chunk) == 0 {
		return nil, nil
	}
	if _, err := pipe.Exec(ctx); err != nil && !aboutKey(err) {
		return nil, fmt.Errorf("reading sessions: %w", err)
	}
	return chunk, nil
}

func (s *Store) ask(ctx context.Context, pipe redis.Pipeliner, key string, a *asked) {
	l := s.options.Layout
	switch l.Shape() {
	case layout.Hash:
		a.values = pipe.HMGet(ctx, key, l.Fields()...)
	case layout.Text:
		a.text = pipe.GetRange(ctx, key, 0, int64(s.options.MaxValueBytes))
	case layout.Bare:
	}
	if l.NeedsTTL() || l.Shape() == layout.Bare {
		a.ttl = pipe.PTTL(ctx, key)
	}
}

// aboutKey reports whether an error says something of one key and nothing of the server.
func aboutKey(err error) bool {
	var reply redis.Error
	return errors.Is(err, redis.Nil) || errors.As(err, &reply) && strings.HasPrefix(err.Error(), "WRONGTYPE")
}

// append turns answers into changes.
func (s *Store) append(changes []source.Change, a *asked, now time.Time, tellGone bool) ([]source.Change, error) {
	if a.kind == layout.User {
		ids, err := a.members.Result()
		if err != nil && !aboutKey(err) {
			return nil, err
		}
		for _, id := range s.options.Layout.Members(ids) {
			changes = append(changes, source.Change{Session: stored.Session{ID: id, User: stored.Fit(a.name)}, UserOnly: true})
		}
		return changes, nil
	}
	session, there, err := s.decode(a, now)
	switch {
	case err != nil && !there:
		return nil, err
	case err != nil:
		s.refuse(err)
	case there:
		changes = append(changes, source.Change{Session: session})
	case tellGone:
		changes = append(changes, source.Change{Session: stored.Session{ID: a.name}, Gone: source.Unknown})
	}
	return changes, nil
}

var errTooLong = errors.New("the session is longer than max_value_bytes")

// decode reads a session off the answers. An error about what a session that is there holds comes with there.
func (s *Store) decode(a *asked, now time.Time) (session stored.Session, there bool, err error) {
	l := s.options.Layout
	var ttl time.Duration
	if a.ttl != nil {
		if ttl, err = a.ttl.Result(); err != nil {
			return session, aboutKey(err), err
		}
		if ttl == -2 { // there is no such key
			return session, false, nil
		}
	}
	switch {
	case a.values != nil:
		answers, err := a.values.Result()
		if err != nil {
			return session, aboutKey(err), err
		}
		values, there := texts(answers)
		if !there {
			return session, false, nil
		}
		session, err = l.DecodeHash(a.name, values, ttl, now)
		return session, true, err
	case a.text != nil:
		text, err := a.text.Result()
		switch {
		case err != nil:
			return session, aboutKey(err), err
		case text == "":
			return session, false, nil
		case len(text) > s.options.MaxValueBytes:
			return session, true, errTooLong
		}
		session, err = l.DecodeText(a.name, []byte(text), ttl, now)
		return session, true, err
	}
	return l.DecodeBare(a.name, ttl, now), true, nil
}

func texts(answers []any) (values [][]byte, there bool) {
	values = make([][]byte, len(answers))
	for i, answer := range answers {
		if text, ok := answer.(string); ok {
			values[i], there = []byte(text), true
		}
	}
	return values, there
}
