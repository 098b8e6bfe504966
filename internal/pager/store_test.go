package pager

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// store is a store in memory.
type store struct{ *stored }

type stored struct {
	mu   sync.Mutex
	kept map[string][]byte
	fail error
}

func newStore() store { return store{&stored{kept: map[string][]byte{}}} }

// Get implements Store.
func (s store) Get(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[key], s.fail
}

// Set implements Store.
func (s store) Set(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		s.kept[key] = slices.Clone(value)
	}
	return s.fail
}

// asKilled is what a process finds that was started after the last one was killed: what that one had kept so far.
func (s store) asKilled() store {
	s.mu.Lock()
	defer s.mu.Unlock()
	return store{&stored{kept: maps.Clone(s.kept)}}
}

// TestSlack_KilledBetween_UpdatesAnswerInTheThreadOfBefore: a thread begun before the process was killed goes on after it, and
// ends.
func TestSlack_KilledBetween_UpdatesAnswerInTheThreadOfBefore(t *testing.T) {
	t.Parallel()
	b := newInbox(t)
	file, memory := slackFile(t, b.URL), newStore()
	start := func(s store) *Pager {
		p, err := Start(Settings{File: file, Store: s, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		t.Cleanup(p.Stop)
		return p
	}
	p := start(memory)
	require.NoError(t, p.Put(t.Context(), of("i-1", false), time.Now()))
	soon(t, "a message, and its thread kept", func() bool {
		raw, err := memory.Get(t.Context(), threadsKey)
		return err == nil && raw != nil
	})
	p = start(memory.asKilled())
	again := of("i-1", false)
	again.Labels["alert"] = "2"
	require.NoError(t, p.Put(t.Context(), again, time.Now()))
	soon(t, "an update", func() bool { return len(b.messages(t)) == 2 })
	again.Resolved = true
	require.NoError(t, p.Put(t.Context(), again, time.Now()))
	soon(t, "the end", func() bool {
		return slices.ContainsFunc(b.messages(t), func(m slackMessage) bool { return m.Broadcast })
	})
	for _, m := range b.messages(t)[1:] {
		assert.Equal(t, []string{"1.5", "C1"}, []string{m.Thread, m.Channel})
	}
}

func TestThreads_TwoReceivers_HaveThreadsOfTheirOwn(t *testing.T) {
	t.Parallel()
	memory := newStore()
	begun, err := openThreads(memory, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	begun.begin(t.Context(), "a/slack[0] g", thread{"C1", "1"})
	begun.begin(t.Context(), "b/slack[0] g", thread{"C2", "2"})
	begun.end(t.Context(), "a/slack[0] g")
	begun, err = openThreads(memory, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	_, first := begun.find("a/slack[0] g")
	at, second := begun.find("b/slack[0] g")
	assert.False(t, first)
	assert.True(t, second)
	assert.Equal(t, thread{"C2", "2"}, at)
}

// TestStart_DamagedStore_BeginsAnew: people are told although nothing can be remembered.
func TestStart_DamagedStore_BeginsAnew(t *testing.T) {
	t.Parallel()
	b, memory := newInbox(t), newStore()
	for _, key := range []string{sentKey, silencesKey, threadsKey} {
		memory.kept[key] = []byte("\xff no snapshot")
	}
	p, err := Start(Settings{File: slackFile(t, b.URL), Store: memory, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	require.NoError(t, p.Put(t.Context(), of("i-1", false), time.Now()))
	soon(t, "a message", func() bool { return len(b.messages(t)) == 1 })

	memory.mu.Lock()
	memory.fail = errors.New("the disk is gone")
	memory.mu.Unlock()
	_, err = Start(Settings{File: slackFile(t, b.URL), Store: memory, Logger: slog.New(slog.DiscardHandler)})
	assert.ErrorContains(t, err, "storage: reading", "a storage that does not work is somebody's to mend")
}
