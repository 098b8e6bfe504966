package resilience

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

// stateTime is when what the history holds happened.
var stateTime = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// remembers is a record of each kind.
func remembers() *history.Batch {
	return &history.Batch{
		Sessions: []history.Session{{
			ID: "visit-1", User: "mina", Client: "192.0.2.7", Region: "busan", Start: stateTime, Last: stateTime.Add(time.Minute),
			End: stateTime.Add(time.Hour), Reason: "idle", Summary: stateTime.Add(time.Hour), Requests: 7, Errors: 1, EntryPage: "/",
			ExitPage: "/cart", Servers: []string{"was-1"}, Services: []string{"shop"},
		}},
		Events: []history.Event{{
			Kind: history.KindIncident, ID: "incident-1", At: stateTime, Until: stateTime.Add(time.Hour), Revised: stateTime.Add(time.Hour),
			Severity: 17, Title: "orders fail", Service: "shop", Host: "was-1", Attributes: map[string]any{"braid.incident.id": "incident-1"},
		}},
		Sketches: []history.Sketch{{
			Identity: "session", Key: map[string]string{"service.name": "shop"}, Tier: time.Minute, Start: stateTime, Users: 3,
			Exact: true, Events: 9, Frames: [][]byte{{'B', 'K', 2}},
		}},
		Traces: []history.Trace{{
			ID: "0af7651916cd43dd8448eb211c80319c", At: stateTime, Duration: time.Second, Failed: true, Rank: history.RankRoot,
			Service: "shop", Operation: "GET /cart", Session: "visit-1",
			Spans: []history.Span{{ID: "b7ad6b7169203331", Service: "shop", Name: "GET /cart", Kind: "server", Start: stateTime, Duration: time.Second}},
		}},
		Reports: []history.Report{{
			ID: "report-1", At: stateTime, From: stateTime, To: stateTime.Add(time.Hour), Title: "Morning", Language: "ko",
			Format: "text/plain", Body: []byte("all is well"),
		}},
		Actions: []history.Action{{
			ID: "action-1", Name: "scale", Arguments: "{}", Digest: "d", Proposer: "mina", Proposed: stateTime,
			Expires: stateTime.Add(time.Hour), State: history.ActionProposed,
		}},
		Audits: []history.Audit{{ID: "audit-1", At: stateTime, Who: "mina", From: "192.0.2.7"}},
	}
}

// TestHistory_OfEveryRelease_IsReadOn (R19) opens the records and metrics that each release has left: nothing is missing, nothing is
// taken for damaged, and they take more.
func TestHistory_OfEveryRelease_IsReadOn(t *testing.T) {
	folder := filepath.Join("testdata", "state")
	if *updateState {
		keepHistory(t, filepath.Join(folder, release, "history.tar.gz"))
	}
	releases, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, r := range releases {
		t.Run(r.Name(), func(t *testing.T) {
			dir := t.TempDir()
			unpack(t, filepath.Join(folder, r.Name(), "history.tar.gz"), dir)
			assertRecords(t, filepath.Join(dir, "records.db"))
			samples, err := readMetrics(t, filepath.Join(dir, "metrics"))
			require.NoError(t, err)
			assert.Equal(t, metricMinutes, samples)
			for _, aside := range []string{"*.damaged*", "*/*/*.damaged"} {
				found, err := filepath.Glob(filepath.Join(dir, aside))
				require.NoError(t, err)
				assert.Empty(t, found, "nothing is damaged")
			}
		})
	}
}

func assertRecords(t *testing.T, path string) {
	t.Helper()
	store, want := openRecords(t, path), remembers()
	defer func() { assert.NoError(t, store.Close()) }()
	ctx := t.Context()
	sessions, err := store.Sessions(ctx, history.SessionQuery{})
	require.NoError(t, err)
	want.Sessions[0].Summary, want.Sessions[0].Opened = sessions.Items[0].Summary, sessions.Items[0].Opened // for merging alone
	assert.Equal(t, want.Sessions, sessions.Items)
	events, err := store.Events(ctx, history.EventQuery{})
	require.NoError(t, err)
	assert.Equal(t, want.Events, events.Items)
	sketches, err := store.Sketches(ctx, history.SketchQuery{Key: want.Sketches[0].Key})
	require.NoError(t, err)
	assert.Equal(t, want.Sketches, sketches.Items)
	trace, ok, err := store.Trace(ctx, "", want.Traces[0].ID)
	require.NoError(t, err)
	require.True(t, ok)
	assert.Len(t, trace.Spans, 1)
	report, ok, err := store.Report(ctx, "", want.Reports[0].ID)
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, want.Reports[0], report)
	actions, err := store.Actions(ctx, "", history.Window{}, 0)
	require.NoError(t, err)
	assert.Equal(t, want.Actions, actions.Items)
	audits, err := store.Audits(ctx, "", history.Window{}, 0)
	require.NoError(t, err)
	assert.Equal(t, want.Audits, audits.Items)

	require.NoError(t, store.Write(ctx, visitRecord("visit-2")))
	assert.EqualValues(t, 2, countRecords(t, store))
}

// keepHistory writes what this release leaves.
func keepHistory(t *testing.T, file string) {
	t.Helper()
	dir := t.TempDir()
	store := openRecords(t, filepath.Join(dir, "records.db"))
	require.NoError(t, store.Write(t.Context(), remembers()))
	require.NoError(t, store.Close())
	writeMetrics(t, filepath.Join(dir, "metrics"))
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	require.NoError(t, err)
	archive := tar.NewWriter(zip)
	for _, name := range filesOf(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.NoError(t, archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data))}))
		_, err = archive.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, errors.Join(archive.Close(), zip.Close()))
	require.NoError(t, os.WriteFile(file, packed.Bytes(), 0o600))
}

func unpack(t *testing.T, file, dir string) {
	t.Helper()
	packed, err := os.ReadFile(file)
	require.NoError(t, err)
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	archive := tar.NewReader(zip)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		require.True(t, filepath.IsLocal(header.Name))
		data, err := io.ReadAll(archive)
		require.NoError(t, err)
		name := filepath.Join(dir, header.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o750))
		require.NoError(t, os.WriteFile(name, data, 0o600))
	}
}
