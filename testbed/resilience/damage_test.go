package resilience

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
	"github.com/braidotel/braid/internal/journal"
	"github.com/braidotel/braid/internal/journal/journaltest"
)

// written is a journal of a few segments, each with a value that follows from its key.
func written(t *testing.T) *journaltest.Disk {
	t.Helper()
	disk := journaltest.NewDisk()
	j, _, err := journal.Open(t.Context(), disk, func(uint64, journal.Entry) error { return nil })
	require.NoError(t, err)
	for n := range 4 {
		key := fmt.Sprint("session-", n)
		j.Record(journal.Entry{Kind: 1, Key: []byte(key), Value: []byte("value of " + key)})
		require.NoError(t, j.Sync(t.Context()))
	}
	return disk
}

// TestJournal_DamagedAtEveryByte_LosesThatFrameOnly (R17) flips each bit of each stored value, and cuts it off at each byte.
func TestJournal_DamagedAtEveryByte_LosesThatFrameOnly(t *testing.T) {
	t.Parallel()
	whole := written(t)
	require.Len(t, whole.Keys(), 6, "a header, its copy and four segments")
	for _, key := range whole.Keys() {
		size := 0
		whole.Change(key, func(value []byte) []byte { size = len(value); return value })
		for at := range size {
			for bit := range 9 {
				disk := whole.After()
				disk.Change(key, func(value []byte) []byte {
					value = append([]byte(nil), value...)
					if bit == 8 {
						return value[:at]
					}
					value[at] ^= 1 << bit
					return value
				})
				read := 0
				_, found, err := journal.Open(t.Context(), disk, func(_ uint64, e journal.Entry) error {
					read++
					assert.Equal(t, "value of "+string(e.Key), string(e.Value), "%s damaged at %d", key, at)
					return nil
				})
				require.NoError(t, err)
				want := journal.Recovery{Segments: 4, Entries: 4}
				switch {
				case strings.HasPrefix(key, "segment/"):
					want = journal.Recovery{Segments: 3, Entries: 3, Damaged: 1}
				case key == "journal": // the copy is as good
					want.Damaged = found.Damaged // without its checksum it is as earlier builds wrote it
				}
				assert.Equal(t, want, found, "%s damaged at %d, bit %d", key, at, bit)
				assert.Equal(t, want.Entries, read)
			}
		}
	}
}

// TestJournal_TenThousandFlips_LoseTheirFramesOnly (R17) flips a bit in each of a hundred segments of a journal of a thousand, a
// hundred times over.
func TestJournal_TenThousandFlips_LoseTheirFramesOnly(t *testing.T) {
	t.Parallel()
	const segments, entries, rounds, flips = 1000, 8, 100, 100
	value := func(segment uint64, n byte) []byte { return fmt.Appendf(nil, "value %d of segment %d", n, segment) }
	whole := journaltest.NewDisk()
	j, _, err := journal.Open(t.Context(), whole, nil)
	require.NoError(t, err)
	for segment := range uint64(segments) {
		for n := range byte(entries) {
			j.Record(journal.Entry{Kind: 1, Key: []byte{n}, Value: value(segment, n)})
		}
		require.NoError(t, j.Sync(t.Context()))
	}
	random, keys := rand.New(rand.NewPCG(5, 6)), whole.Keys()
	for range rounds {
		disk := whole.After()
		damaged := 0
		for _, at := range random.Perm(len(keys))[:flips] {
			disk.Change(keys[at], func(frame []byte) []byte {
				frame[random.IntN(len(frame))] ^= 1 << random.IntN(8)
				return frame
			})
			if strings.HasPrefix(keys[at], "segment/") {
				damaged++
			}
		}
		wrong := 0
		_, found, err := journal.Open(t.Context(), disk, func(segment uint64, e journal.Entry) error {
			if len(e.Key) != 1 || !bytes.Equal(e.Value, value(segment, e.Key[0])) {
				wrong++
			}
			return nil
		})
		if err != nil { // the header and its copy, both
			require.ErrorContains(t, err, "empty the storage directory")
			continue
		}
		require.Zero(t, wrong, "entries that nobody wrote")
		require.Equal(t, segments-damaged, found.Segments)
		require.Equal(t, (segments-damaged)*entries, found.Entries)
	}
}

// TestSQLite_RandomFlips_NeverPanicNorInvent (R17) flips bits of a history: it is read, refused or moved aside. SQLite has no checksums,
// so that a bit within a text may go unnoticed.
func TestSQLite_RandomFlips_NeverPanicNorInvent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "records.db")
	const sessions = 50
	var b history.Batch
	for n := range sessions {
		b.Sessions = append(b.Sessions, history.Session{ID: fmt.Sprintf("s-%02d", n), Start: time.Unix(1, 0), Last: time.Unix(2, 0)})
	}
	store := openRecords(t, path)
	require.NoError(t, store.Write(t.Context(), &b))
	require.NoError(t, store.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)

	random, aside := rand.New(rand.NewPCG(1, 2)), 0
	for n := range 60 {
		damaged := append([]byte(nil), whole...)
		for range 8 {
			damaged[random.IntN(len(damaged))] ^= 1 << random.IntN(8)
		}
		path := filepath.Join(dir, fmt.Sprint(n), "records.db")
		require.NoError(t, os.Mkdir(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		db, opened, err := sqlite.Open(t.Context(), path, sqlite.Options{Now: time.Unix(1, 0)})
		if err != nil {
			continue
		}
		if opened.Quarantined != "" {
			aside++
		}
		store := relational.New(db, relational.Limits{TracesPerOperation: 1, SpansPerTrace: 1, FramesPerSketch: 1})
		got, err := store.Sessions(context.WithoutCancel(t.Context()), history.SessionQuery{})
		if err == nil {
			assert.LessOrEqual(t, len(got.Items), sessions)
		}
		require.NoError(t, store.Close())
	}
	t.Logf("%d of 60 moved aside", aside)
}

func openRecords(t *testing.T, path string) history.Store {
	t.Helper()
	db, _, err := sqlite.Open(t.Context(), path, sqlite.Options{Now: time.Unix(1, 0)})
	require.NoError(t, err)
	return relational.New(db, relational.Limits{TracesPerOperation: 1, SpansPerTrace: 1, FramesPerSketch: 1})
}
