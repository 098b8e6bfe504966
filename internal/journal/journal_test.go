package journal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

var errFull = errors.New("no space left on device")

// memory is a storage client that can be full, slow (gate) and torn.
type memory struct {
	mu      sync.Mutex
	values  map[string][]byte
	full    bool
	batches int
	gate    chan struct{}
}

func newMemory() *memory { return &memory{values: map[string][]byte{}} }

func (m *memory) Get(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[key], nil
}

func (m *memory) Set(ctx context.Context, key string, value []byte) error {
	return m.Batch(ctx, storage.SetOperation(key, value))
}

func (m *memory) Delete(ctx context.Context, key string) error {
	return m.Batch(ctx, storage.DeleteOperation(key))
}

func (m *memory) Batch(_ context.Context, ops ...*storage.Operation) error {
	if m.gate != nil {
		<-m.gate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches++
	if m.full {
		return errFull
	}
	for _, op := range ops {
		switch op.Type {
		case storage.Set:
			m.values[op.Key] = op.Value
		case storage.Delete:
			delete(m.values, op.Key)
		case storage.Get:
			op.Value = m.values[op.Key]
		}
	}
	return nil
}

func (*memory) Close(context.Context) error { return nil }

// state is the simplest owner: the latest value of each key and the segment it is in.
type state struct {
	values   map[string]string
	segments map[string]uint64
}

func open(t *testing.T, client storage.Client) (*Journal, *state, Recovery) {
	t.Helper()
	s := &state{values: map[string]string{}, segments: map[string]uint64{}}
	j, found, err := Open(t.Context(), client, func(segment uint64, e Entry) error {
		s.values[string(e.Key)] = string(e.Value)
		s.segments[string(e.Key)] = segment
		return nil
	})
	require.NoError(t, err)
	return j, s, found
}

func (s *state) set(j *Journal, key, value string) {
	s.values[key] = value
	s.segments[key] = j.Record(Entry{Kind: 1, Key: []byte(key), Value: []byte(value)})
}

func TestJournal_SyncedEntries_SurviveAReopen(t *testing.T) {
	t.Parallel()
	client := newMemory()
	j, s, _ := open(t, client)
	require.NoError(t, j.Sync(t.Context()), "nothing to write is not an error")
	s.set(j, "a", "1")
	s.set(j, "b", "1")
	require.NoError(t, j.Sync(t.Context()))
	s.set(j, "a", "2")
	require.NoError(t, j.Sync(t.Context()))
	want := maps.Clone(s.values)
	s.set(j, "b", "never synced")

	_, got, found := open(t, client)
	assert.Equal(t, want, got.values)
	assert.Equal(t, Recovery{Segments: 2, Entries: 3}, found)
}

func TestJournal_ConcurrentSyncs_ShareWrites(t *testing.T) {
	t.Parallel()
	client := newMemory()
	client.gate = make(chan struct{}, 1)
	j, _, _ := open(t, client)
	const callers = 64
	errs := make(chan error, callers)
	for i := range callers {
		go func() {
			j.Record(Entry{Kind: 1, Key: fmt.Appendf(nil, "key %d", i), Value: []byte("v")})
			errs <- j.Sync(context.Background())
		}()
	}
	close(client.gate)
	for range callers {
		require.NoError(t, <-errs)
	}
	assert.LessOrEqual(t, client.batches, callers)
	_, got, _ := open(t, client)
	assert.Len(t, got.values, callers)
}

func TestJournal_StorageFull_RefusesAndRecovers(t *testing.T) {
	t.Parallel()
	client := newMemory()
	j, s, _ := open(t, client)
	s.set(j, "a", "1")
	client.full = true
	require.ErrorIs(t, j.Sync(t.Context()), errFull)
	require.ErrorIs(t, j.Ready(t.Context()), errFull)
	next := j.Next()
	for range 10 {
		s.set(j, "a", "2")
		require.ErrorIs(t, j.Sync(t.Context()), errFull)
	}
	assert.Equal(t, next, j.Next(), "what comes meanwhile gathers in one segment")
	client.full = false
	require.NoError(t, j.Ready(t.Context()))

	_, got, _ := open(t, client)
	assert.Equal(t, "2", got.values["a"], "what was refused keeps its place before what came later")
	assert.Equal(t, s.segments, got.segments, "and its segment's number")
}

func TestJournal_Compact_KeepsTheLiveAndDropsTheRest(t *testing.T) {
	t.Parallel()
	client := newMemory()
	j, s, _ := open(t, client)
	for i := range 100 {
		s.set(j, fmt.Sprintf("key %d", i%10), fmt.Sprint(i))
		require.NoError(t, j.Sync(t.Context()))
	}
	before := j.Bytes()
	mark := j.Next()
	kept, err := j.Compact(t.Context(), mark, func(segment uint64, e Entry) {
		if s.segments[string(e.Key)] == segment {
			s.set(j, string(e.Key), string(e.Value))
		}
	})
	require.NoError(t, err)
	assert.Greater(t, kept, 10*len("key 0"))
	assert.LessOrEqual(t, int64(kept), j.Bytes())
	assert.Less(t, j.Bytes(), before/5)
	_, got, found := open(t, client)
	assert.Equal(t, s.values, got.values)
	assert.Equal(t, 1, found.Segments)
	assert.Len(t, client.values, 3, "one segment and the header, twice")
}

func TestOpen_DamagedSegment_LosesOnlyThatOne(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(b []byte) []byte{
		"missing":  func([]byte) []byte { return nil },
		"torn":     func(b []byte) []byte { return b[:len(b)-1] },
		"bit_flip": func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"version":  func(b []byte) []byte { b[0]++; return b },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newMemory()
			j, s, _ := open(t, client)
			for _, key := range []string{"a", "b", "c"} {
				s.set(j, key, "1")
				require.NoError(t, j.Sync(t.Context()))
			}
			client.values[segmentKey(1)] = damage(client.values[segmentKey(1)])
			again, got, found := open(t, client)
			assert.Equal(t, map[string]string{"a": "1", "c": "1"}, got.values)
			assert.Equal(t, Recovery{Segments: 2, Entries: 2, Damaged: 1}, found)
			got.set(again, "d", "1")
			require.NoError(t, again.Sync(t.Context()))
		})
	}
}

func TestOpen_OtherVersion_SaysWhatToDo(t *testing.T) {
	t.Parallel()
	client := newMemory()
	client.values[headerKey] = []byte{9, 0, 0}
	_, _, err := Open(t.Context(), client, nil)
	require.ErrorContains(t, err, "empty the storage directory")
}

func TestDecodeHeader_OfEarlierBuilds_IsRead(t *testing.T) {
	t.Parallel()
	whole := encodeHeader(3, 300)
	first, next, err := decodeHeader(whole[:len(whole)-4]) // they had no checksum
	require.NoError(t, err)
	assert.Equal(t, []uint64{3, 300}, []uint64{first, next})
	for cut := 1; cut < len(whole); cut++ {
		if _, _, err := decodeHeader(whole[:cut]); cut != len(whole)-4 {
			assert.Error(t, err, "cut off after %d bytes", cut)
		}
	}
}

func FuzzDecodeSegment(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(encodeSegment(nil))
	f.Add(encodeSegment(appendEntry(nil, Entry{Kind: 1, Key: []byte("k"), Value: []byte("v")})))
	f.Add(encodeSegment([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f}))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := decodeSegment(b)
		if err != nil {
			return
		}
		var body []byte
		for _, e := range entries {
			body = appendEntry(body, e)
		}
		again, err := decodeSegment(encodeSegment(body))
		require.NoError(t, err)
		assert.Equal(t, entries, again)
	})
}

func TestGroup_ConcurrentSyncs_LandsInOneSegment(t *testing.T) {
	t.Parallel()
	client := newMemory()
	j, _, _ := open(t, client)
	stop := make(chan struct{})
	stopped := make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
				if err := j.Sync(context.Background()); err != nil {
					stopped <- err
					return
				}
			}
		}
	}()
	for i := range 200 {
		g := j.Begin()
		for _, part := range []string{"counted", "counter"} {
			g.Record(Entry{Kind: 1, Key: fmt.Appendf(nil, "%d %s", i, part), Value: []byte("v")})
		}
		g.End()
	}
	close(stop)
	require.NoError(t, <-stopped)
	require.NoError(t, j.Sync(t.Context()))
	_, got, _ := open(t, client)
	for i := range 200 {
		assert.Equal(t, got.segments[fmt.Sprintf("%d counted", i)], got.segments[fmt.Sprintf("%d counter", i)])
	}
}

// gated is a storage client whose deletes wait, and say that they do.
type gated struct {
	*memory
	waits, goOn chan struct{}
}

func (g *gated) Batch(ctx context.Context, ops ...*storage.Operation) error {
	if ops[0].Type == storage.Delete {
		close(g.waits)
		<-g.goOn
	}
	return g.memory.Batch(ctx, ops...)
}

func TestJournal_Compact_SlowStorage_HoldsUpNoRecord(t *testing.T) {
	t.Parallel()
	client := &gated{memory: newMemory(), waits: make(chan struct{}), goOn: make(chan struct{})}
	j, s, _ := open(t, client)
	s.set(j, "a", "1")
	require.NoError(t, j.Sync(t.Context()))
	s.set(j, "a", "2")
	require.NoError(t, j.Sync(t.Context()))
	compacted := make(chan error, 1)
	go func() {
		_, err := j.Compact(context.Background(), 1, func(uint64, Entry) {})
		compacted <- err
	}()
	<-client.waits
	s.set(j, "b", "recorded while the segments are dropped") // would never return
	synced := make(chan error, 1)
	go func() { synced <- j.Sync(context.Background()) }()
	close(client.goOn)
	require.NoError(t, <-compacted)
	require.NoError(t, <-synced)
	_, got, _ := open(t, client.memory)
	assert.Equal(t, s.values, got.values)
}
