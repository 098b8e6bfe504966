package redisread

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/layout"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/stored"
)

const (
	// gather is how long changes of one session are gathered before it is read once.
	gather = 200 * time.Millisecond
	// followEvery is how often the subscriptions are brought in line with the masters.
	followEvery = 2 * time.Second
)

// Changes hands over what the servers notify of, until the moment given; without notifications it just waits.
func (s *Store) Changes(ctx context.Context, until time.Time, page source.Page) (missed bool, err error) {
	if !s.notified.Load() {
		return false, wait(ctx, time.Until(until), nil)
	}
	for ctx.Err() == nil && time.Now().Before(until) {
		masters, err := s.masters(ctx)
		if err != nil {
			return true, err
		}
		s.listener.follow(masters, s.by)
		if s.listener.missedAny() {
			return true, nil
		}
		if err := wait(ctx, min(followEvery, time.Until(until)), s.listener.wake); err != nil {
			return false, err
		}
		if err := wait(ctx, min(gather, time.Until(until)), nil); err != nil {
			return false, err
		}
		if err := s.drain(ctx, page); err != nil {
			return true, err
		}
	}
	return false, ctx.Err()
}

// wait returns after a while, or earlier when woken.
func wait(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	case <-wake:
	}
	return nil
}

// drain reads what the servers have notified of so far.
func (s *Store) drain(ctx context.Context, page source.Page) error {
	events := s.listener.take()
	if len(events) == 0 {
		return nil
	}
	var gone []source.Change
	var keys []string
	for key, event := range events {
		kind, name := s.options.Layout.Classify(key)
		reason, left := departures[event]
		switch {
		case left && (kind == layout.Session || kind == layout.Ending):
			gone = append(gone, source.Change{Session: stored.Session{ID: name}, Gone: reason})
		case !left && (kind == layout.Session || kind == layout.User):
			keys = append(keys, key)
		}
	}
	for chunk := range slices.Chunk(keys, readChunk) {
		if err := s.limiter.WaitN(ctx, len(chunk)); err != nil {
			return err
		}
		s.read.Add(int64(len(chunk)))
		changes, err := s.readKeys(ctx, chunk, true)
		if err != nil {
			return err
		}
		if err := page(changes); err != nil {
			return err
		}
	}
	return page(gone)
}

// departures are the events after which a key is no longer there.
var departures = map[string]source.Reason{
	"expired": source.Expired, "del": source.Deleted, "evicted": source.Evicted, "rename_from": source.Replaced,
}

// listen begins to take notifications if the servers send them, and returns once they would not be missed any more.
func (s *Store) listen(ctx context.Context) error {
	if s.options.Notifications == Never {
		return nil
	}
	masters, err := s.masters(ctx)
	if err != nil {
		return err
	}
	by := byKey
	if s.options.Notifications == Auto {
		on := true
		for _, m := range masters {
			answer, err := m.client.ConfigGet(ctx, "notify-keyspace-events").Result()
			flags := answer["notify-keyspace-events"]
			var sent bool
			if by, sent = channelsFor(flags); err != nil || !sent {
				on = false
			}
		}
		if !on {
			s.notified.Store(false)
			s.listener.follow(nil, byKey)
			return nil
		}
	}
	if by != s.by {
		s.listener.close() // to subscribe anew
		s.by = by
	}
	s.listener.follow(masters, by)
	if err := s.listener.await(ctx, s.options.Timeout); err != nil {
		s.notified.Store(false)
		if s.options.Notifications == Use || ctx.Err() != nil {
			return fmt.Errorf("subscribing to keyspace notifications: %w", err)
		}
		s.listener.follow(nil, byKey) // the account may not subscribe, for one
		return nil
	}
	s.listener.forgive()
	s.notified.Store(true)
	return nil
}

// channels says how notifications arrive.
type channels uint8

const (
	byKey   channels = iota // a channel for each key; the message is the event
	byEvent                 // a channel for each event; the message is the key
)

// channelsFor reads the server's setting: K or E for the channels, and events of hashes, texts and keys in general, the
// expired among them. A stands for all.
func channelsFor(flags string) (by channels, sent bool) {
	all := strings.ContainsRune(flags, 'A')
	has := func(flag rune) bool { return all || strings.ContainsRune(flags, flag) }
	enough := has('g') && has('x') && (has('h') || has('$'))
	switch {
	case strings.ContainsRune(flags, 'K'):
		return byKey, enough
	case strings.ContainsRune(flags, 'E'):
		return byEvent, enough
	}
	return byKey, false
}

// sortedKeys keeps logs and tests in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
