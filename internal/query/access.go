package query

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/braidotel/braid/internal/history"
)

// What the audit log calls looking at data of people.
const (
	readSessions   = "sessions.read"
	exportSessions = "sessions.export"
	readSession    = "session.read"
	readTrace      = "trace.read"
)

const (
	// sameLook is how long looking at one thing again is the same look: a page that refreshes itself is one.
	sameLook = 10 * time.Minute
	maxLooks = 10_000
)

// sightings remembers what was written down lately.
type sightings struct {
	mu    sync.Mutex
	since time.Time
	ids   map[string]struct{}
}

func (l *sightings) known(id string, slot time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.ids[id]
	return ok && l.since.Equal(slot)
}

func (l *sightings) add(id string, slot time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.since.Equal(slot) || len(l.ids) >= maxLooks {
		l.since, l.ids = slot, map[string]struct{}{}
	}
	l.ids[id] = struct{}{}
}

// saw writes down who is about to see whose data. What cannot be written down is not shown: its error is ErrUnavailable.
func (e *Engine) saw(ctx context.Context, caller Caller, what, whose string) error {
	now := e.options.Clock()
	slot := now.UTC().Truncate(sameLook)
	sum := sha256.Sum256([]byte(strings.Join([]string{caller.Name, caller.From, what, whose, slot.Format(time.RFC3339)}, "\x00")))
	id := "saw-" + hex.EncodeToString(sum[:12])
	key := caller.Tenant + "\x00" + id
	if e.sightings.known(key, slot) {
		return nil
	}
	err := e.options.Provider.Records().Write(ctx, &history.Batch{Audits: []history.Audit{{
		Tenant: history.Tenant(caller.Tenant), ID: id, At: now, Who: caller.Name, From: caller.From, Whose: whose, What: what,
	}}})
	if err != nil {
		return fail(fmt.Errorf("writing the audit log: %w", err))
	}
	e.sightings.add(key, slot)
	return nil
}

// listed writes down that a list of sessions is about to be shown.
func (e *Engine) listed(ctx context.Context, caller Caller, what string, q *history.SessionQuery) error {
	var whose []string
	for _, p := range []struct{ name, value string }{{"user", q.User}, {"client", q.Client}, {"region", q.Region}, {"service", q.Service}} {
		if p.value != "" {
			whose = append(whose, p.name+"="+p.value)
		}
	}
	if len(whose) == 0 {
		whose = []string{"everybody"}
	}
	return e.saw(ctx, caller, what, strings.Join(whose, " "))
}
