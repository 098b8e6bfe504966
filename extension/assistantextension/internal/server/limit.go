package server

import (
	"net/http"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/braidotel/braid/internal/query"
)

const (
	// A name and password can be guessed once every five seconds from one address, after ten mistakes.
	failuresPerSecond = 0.2
	failuresAtOnce    = 10
)

// limiter holds a token bucket for each client; the one not seen for longest is forgotten first.
type limiter struct {
	limit   rate.Limit
	burst   int
	clients *lru.Cache[string, *rate.Limiter]
}

func newLimiter(perSecond float64, burst, clients int) *limiter {
	cache, err := lru.New[string, *rate.Limiter](clients)
	if err != nil {
		panic(err) // the configuration has at least one client
	}
	return &limiter{limit: rate.Limit(perSecond), burst: burst, clients: cache}
}

// allow takes a token of the client.
func (l *limiter) allow(client string) bool {
	bucket, ok := l.clients.Get(client)
	if !ok {
		bucket = rate.NewLimiter(l.limit, l.burst)
		if earlier, found, _ := l.clients.PeekOrAdd(client, bucket); found {
			bucket = earlier
		}
	}
	return bucket.Allow()
}

// left reports whether allow would succeed.
func (l *limiter) left(client string) bool {
	bucket, ok := l.clients.Get(client)
	return !ok || bucket.Tokens() >= 1
}

// clientKey tells clients apart: by who they are, or else by where they come from.
func clientKey(caller query.Caller, r *http.Request) string {
	if caller.Name != "" {
		return "name\x00" + caller.Tenant + "\x00" + caller.Name
	}
	return "address\x00" + address(r)
}

// streams counts the open live streams.
type streams struct {
	most, mostEach int

	mu   sync.Mutex
	open int
	each map[string]int
}

func newStreams(most, mostEach int) *streams {
	return &streams{most: most, mostEach: mostEach, each: map[string]int{}}
}

// enter takes a place, which leave gives back; false where there is none.
func (s *streams) enter(client string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open >= s.most || s.each[client] >= s.mostEach {
		return false
	}
	s.open++
	s.each[client]++
	return true
}

func (s *streams) leave(client string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.each[client]--; s.each[client] == 0 {
		delete(s.each, client)
	}
}
