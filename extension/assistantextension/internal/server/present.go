package server

import (
	"context"
	"sync"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query"
)

// present is the state at one moment, as streams tell it.
type present struct {
	arrivals    query.Arrivals
	arrivalsErr error
	cards       []*answer.Answer
	cardsErr    error
}

// sight is who sees the same present: everybody of one tenant with the same roles and language.
type sight struct {
	tenant   string
	roles    query.Roles
	language string
}

// presents looks once for all streams that would see the same, so that many readers cost the history as much as one.
type presents struct {
	look func(ctx context.Context, caller query.Caller, language string) present
	// fresh is how long a look serves.
	fresh time.Duration

	mu   sync.Mutex
	seen map[sight]*seen
}

// seen is a look that is being taken, or was.
type seen struct {
	at   time.Time
	done chan struct{} // closed once present is there
	present
}

// of is the present of a caller: another stream's if it is fresh. It waits for no longer than ctx; the look itself goes on
// within running, for the others that wait for it.
func (p *presents) of(ctx, running context.Context, caller query.Caller, language string) (present, error) {
	key := sight{tenant: caller.Tenant, roles: caller.Roles, language: language}
	now := time.Now()
	p.mu.Lock()
	entry, ok := p.seen[key]
	if !ok || now.Sub(entry.at) >= p.fresh {
		entry = &seen{at: now, done: make(chan struct{})}
		for other, e := range p.seen {
			if now.Sub(e.at) >= p.fresh {
				delete(p.seen, other) // whoever waits for it holds it
			}
		}
		p.seen[key] = entry
		p.mu.Unlock()
		entry.present = p.look(running, caller, language)
		close(entry.done)
		return entry.present, ctx.Err()
	}
	p.mu.Unlock()
	select {
	case <-entry.done:
		return entry.present, ctx.Err()
	case <-ctx.Done():
		return present{}, ctx.Err()
	}
}

// lookNow asks the service, within the time of a request.
func (s *Server) lookNow(ctx context.Context, caller query.Caller, language string) present {
	limited, cancel := context.WithTimeout(ctx, s.RequestTimeout)
	defer cancel()
	var p present
	p.arrivals, p.arrivalsErr = s.Service.Arrivals(limited, caller)
	p.cards, p.cardsErr = s.Service.Now(limited, caller, language)
	return p
}
