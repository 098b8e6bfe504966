package pager

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// maxThreads is how many groups are remembered, at some 200 bytes; one beyond them begins a thread anew.
const maxThreads = 10_000

// thread is where a group's messages are.
type thread struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

// threads are where the messages of each group of each receiver are. Every change is kept at once: an update that comes
// after a restart, or after the process was killed, still answers to the first message.
type threads struct {
	store  Store
	logger *slog.Logger

	mu    sync.Mutex
	begun *simplelru.LRU[string, thread]

	keeping sync.Mutex // so that the latest is what is kept last
}

func openThreads(s Store, logger *slog.Logger) (*threads, error) {
	begun, err := simplelru.NewLRU[string, thread](maxThreads, nil)
	if err != nil {
		return nil, fmt.Errorf("threads: %w", err)
	}
	t := &threads{store: s, logger: logger, begun: begun}
	r, err := load(s, threadsKey)
	if err != nil || r == nil {
		return t, err
	}
	var list []entry
	if err := json.NewDecoder(io.LimitReader(r, maxThreads<<10)).Decode(&list); err != nil {
		logger.Warn("Threads of messages could not be read and begin anew", "err", err)
		return t, nil
	}
	for _, e := range list {
		t.begun.Add(e.Group, e.thread)
	}
	return t, nil
}

// entry is a thread as it is kept.
type entry struct {
	Group string `json:"group"`
	thread
}

func (t *threads) find(group string) (thread, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.begun.Get(group)
}

func (t *threads) begin(ctx context.Context, group string, at thread) {
	t.mu.Lock()
	t.begun.Add(group, at)
	t.mu.Unlock()
	t.keep(ctx)
}

func (t *threads) end(ctx context.Context, group string) {
	t.mu.Lock()
	had := t.begun.Remove(group)
	t.mu.Unlock()
	if had {
		t.keep(ctx)
	}
}

// keep writes all threads, the least recent first. A message that was sent is sent, whatever becomes of its thread.
func (t *threads) keep(ctx context.Context) {
	if t.store == nil {
		return
	}
	t.keeping.Lock()
	defer t.keeping.Unlock()
	t.mu.Lock()
	list := make([]entry, 0, t.begun.Len())
	for _, group := range t.begun.Keys() {
		if at, ok := t.begun.Peek(group); ok {
			list = append(list, entry{group, at})
		}
	}
	t.mu.Unlock()
	raw, err := json.Marshal(list)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeLimit)
		defer cancel()
		err = t.store.Set(ctx, threadsKey, raw)
	}
	if err != nil {
		t.logger.Warn("The thread of a message could not be kept over a restart", "err", err)
	}
}
