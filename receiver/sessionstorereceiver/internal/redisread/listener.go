package redisread

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// silence is how long a subscription may be quiet before the server is asked whether it is still there.
	silence = 5 * time.Second
	// again is how long after a failure a subscription is tried again.
	again = 500 * time.Millisecond
)

// listener gathers the keys that masters say have changed. What it cannot gather it remembers as missed: notifications are
// sent once and to whoever listens just then.
type listener struct {
	prefix   string
	database int
	limit    int
	wake     chan struct{}

	mu      sync.Mutex
	pending map[string]string // the latest event by key
	missed  bool
	subs    map[string]*subscription // by address
}

// subscription listens to one master.
type subscription struct {
	stop  context.CancelFunc
	done  chan struct{}
	ready chan struct{} // closed once the first subscription stands
}

func newListener(o Options) *listener {
	return &listener{
		prefix: o.Layout.Prefix(), database: o.Database, limit: o.MaxPending,
		wake: make(chan struct{}, 1), pending: make(map[string]string), subs: make(map[string]*subscription),
	}
}

// follow listens to these masters and to no other.
func (l *listener) follow(masters []master, by channels) {
	l.mu.Lock()
	var gone []*subscription
	now := make(map[string]bool, len(masters))
	for _, m := range masters {
		now[m.address] = true
		if l.subs[m.address] == nil {
			l.subs[m.address] = l.begin(m, by)
			l.missed = true
		}
	}
	for _, address := range sortedKeys(l.subs) {
		if !now[address] {
			gone = append(gone, l.subs[address])
			delete(l.subs, address)
			l.missed = true
		}
	}
	l.mu.Unlock()
	for _, sub := range gone {
		sub.stop()
		<-sub.done
	}
}

func (l *listener) close() { l.follow(nil, byKey) }

// begin starts to listen to a master.
func (l *listener) begin(m master, by channels) *subscription {
	ctx, stop := context.WithCancel(context.Background())
	sub := &subscription{stop: stop, done: make(chan struct{}), ready: make(chan struct{})}
	go func() {
		defer close(sub.done)
		first := true
		for ctx.Err() == nil {
			l.listen(ctx, m.client, by, func() {
				if first {
					first = false
					close(sub.ready)
				} else {
					l.miss() // what happened since the subscription broke
				}
			})
			_ = wait(ctx, again, nil)
		}
	}()
	return sub
}

// await returns when every master is listened to.
func (l *listener) await(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	l.mu.Lock()
	var ready []chan struct{}
	for _, sub := range l.subs {
		ready = append(ready, sub.ready)
	}
	l.mu.Unlock()
	for _, r := range ready {
		select {
		case <-r:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// listen takes a master's notifications until something goes wrong; standing is called once they would come.
func (l *listener) listen(ctx context.Context, client *redis.Client, by channels, standing func()) {
	pubsub := client.PSubscribe(ctx, l.pattern(by))
	defer func() { _ = pubsub.Close() }()
	// Closing is what ends a Receive.
	stop := context.AfterFunc(ctx, func() { _ = pubsub.Close() })
	defer stop()
	asked := false
	for ctx.Err() == nil {
		message, err := pubsub.ReceiveTimeout(ctx, silence)
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout() && !asked:
			asked = true
			if pubsub.Ping(ctx) != nil {
				return
			}
			continue
		case err != nil:
			return
		}
		asked = false
		switch m := message.(type) {
		case *redis.Subscription:
			standing()
		case *redis.Message:
			l.note(by, m.Channel, m.Payload)
		}
	}
}

func (l *listener) pattern(by channels) string {
	if by == byEvent {
		return fmt.Sprintf("__keyevent@%d__:*", l.database)
	}
	return fmt.Sprintf("__keyspace@%d__:%s*", l.database, glob(l.prefix))
}

// note remembers what a notification says.
func (l *listener) note(by channels, channel, payload string) {
	_, key, _ := strings.Cut(channel, ":")
	event := payload
	if by == byEvent {
		key, event = payload, key
	}
	if !strings.HasPrefix(key, l.prefix) {
		return
	}
	l.mu.Lock()
	if _, known := l.pending[key]; !known && len(l.pending) >= l.limit {
		l.missed = true
	} else {
		l.pending[key] = event
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *listener) take() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pending) == 0 {
		return nil
	}
	taken := l.pending
	l.pending = make(map[string]string)
	return taken
}

func (l *listener) miss() {
	l.mu.Lock()
	l.missed = true
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// missedAny reports whether something was missed since the last forgive.
func (l *listener) missedAny() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.missed
}

// forgive forgets what was missed: everything is about to be read.
func (l *listener) forgive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missed = false
}
