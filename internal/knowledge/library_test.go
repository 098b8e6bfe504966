package knowledge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

func reasons(l *Library) string {
	var b strings.Builder
	for _, p := range l.Problems() {
		b.WriteString(p.Error() + "\n")
	}
	return b.String()
}

func TestOpen_Folder_ReadsWithinIt(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write(t, dir, "db.md", "# Pool\n\n## Exhausted\n\n1. Restart.\n")
	write(t, dir, "..data/real.md", "# Hidden\n\ntext")
	write(t, dir, ".git/a.md", "# Hidden\n\ntext")
	write(t, dir, "picture.png", "no text")
	write(t, outside, "secret.md", "# Secret\n\ntext")
	require.NoError(t, os.Symlink("..data/real.md", filepath.Join(dir, "mounted.md")), "as Kubernetes mounts a ConfigMap")
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret.md"), filepath.Join(dir, "secret.md")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "linked")))

	l, err := Open(t.Context(), Options{Folders: []Folder{{Name: "ops", Path: dir}, {Path: filepath.Join(dir, "none")}}})
	require.NoError(t, err)
	files, passages := l.Size()
	assert.Equal(t, 2, files)
	assert.Equal(t, 2, passages)
	assert.Contains(t, reasons(l), "ops/secret.md: links out of its folder")
	assert.Contains(t, reasons(l), "opening the folder")
	assert.Empty(t, l.Search(t.Context(), Query{Text: "secret"}))
	hits := l.Search(t.Context(), Query{Text: "pool exhausted"})
	require.NotEmpty(t, hits)
	assert.Equal(t, "ops/db.md#exhausted", hits[0].ID)
	_, ok := l.Passage("ops/db.md#exhausted")
	assert.True(t, ok)
}

func TestOpen_Bounds_AreKeptAndTold(t *testing.T) {
	tree := fstest.MapFS{"a/b/c/deep.md": {Data: []byte("# D\n\ntext")}, "large.md": {Data: make([]byte, 2000)}}
	for i := range 5 {
		tree[fmt.Sprintf("%d.md", i)] = &fstest.MapFile{Data: []byte("# T\n\n## A\n\na\n\n## B\n\nb\n")}
	}
	l, err := Open(t.Context(), Options{Folders: []Folder{{FS: tree}}, Limits: Limits{Files: 4, FileBytes: 1000, Depth: 2, Passages: 5}})
	require.NoError(t, err)
	files, passages := l.Size()
	assert.Equal(t, 2, files)
	assert.Equal(t, 4, passages)
	for _, reason := range []string{"too many files", "too many passages"} {
		assert.Contains(t, reasons(l), reason)
	}
	l, err = Open(t.Context(), Options{Folders: []Folder{{FS: tree}}, Limits: Limits{FileBytes: 1000, Depth: 2}})
	require.NoError(t, err)
	assert.Contains(t, reasons(l), "large.md: is too large")
	assert.Contains(t, reasons(l), "a/b/c: lies too deep")
}

func TestRefresh_ChangedFile_IsTakenUpWhole(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.md", "# Pump\n\nOld text.")
	l, err := Open(t.Context(), Options{Folders: []Folder{{Path: dir}}})
	require.NoError(t, err)
	changed, err := l.Refresh(t.Context())
	require.NoError(t, err)
	assert.False(t, changed)

	write(t, dir, "a.md", "# Pump\n\nNew text.")
	require.NoError(t, os.Chtimes(filepath.Join(dir, "a.md"), time.Unix(1, 0), time.Unix(1, 0)))
	write(t, dir, "b.txt", "Valve\n\nTurn it.")
	done := make(chan struct{})
	go func() { // under -race: searching while the state is replaced
		defer close(done)
		for range 100 {
			l.Search(context.Background(), Query{Text: "pump text"})
		}
	}()
	changed, err = l.Refresh(t.Context())
	<-done
	require.NoError(t, err)
	assert.True(t, changed)
	hits := l.Search(t.Context(), Query{Text: "pump"})
	require.NotEmpty(t, hits)
	assert.Equal(t, "New text.", hits[0].Text())
	assert.NotEmpty(t, l.Search(t.Context(), Query{Text: "valve"}))

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	write(t, dir, "c.txt", "Third\n\nfile")
	_, err = l.Refresh(ended)
	require.ErrorIs(t, err, context.Canceled)
	assert.NotEmpty(t, l.Search(t.Context(), Query{Text: "valve"}), "the state before stays")
}

// meaning embeds by one hidden topic: whether a text is about water.
type meaning struct{ err error }

func (m *meaning) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = []float32{0.1, 1}
		if strings.Contains(text, "Rain") || strings.Contains(text, "water") {
			out[i] = []float32{1, 0.1}
		}
	}
	return out, m.err
}

func TestSearch_Embedder_AddsWhatWordsDoNotFind(t *testing.T) {
	e := &meaning{err: errors.New("down")}
	tree := fstest.MapFS{"a.md": {Data: []byte("# Rain\n\nIt falls.")}, "b.md": {Data: []byte("# Stone\n\nIt lies.")}}
	l, err := Open(t.Context(), Options{Folders: []Folder{{FS: tree}}, Embedder: e})
	require.NoError(t, err)
	assert.Empty(t, l.Search(t.Context(), Query{Text: "water"}))
	_, err = l.Refresh(t.Context())
	require.NoError(t, err)
	assert.Contains(t, reasons(l), "embeddings: embedding passages: down")
	e.err = nil
	changed, err := l.Refresh(t.Context())
	require.NoError(t, err)
	assert.True(t, changed, "the embedder is asked again")
	hits := l.Search(t.Context(), Query{Text: "water"})
	require.NotEmpty(t, hits)
	assert.Equal(t, "a.md", hits[0].ID)
	e.err = errors.New("down")
	assert.Empty(t, l.Search(t.Context(), Query{Text: "water"}), "words alone")
	assert.EqualValues(t, 1, l.EmbeddingFailures())
}

func TestFuse_Rankings_CountByPlace(t *testing.T) {
	out := fuse([]ranked{{passage: 1, score: 100}, {passage: 2, score: 99}}, []ranked{{passage: 2}, {passage: 3}})
	assert.Equal(t, []int{2, 1, 3}, []int{out[0].passage, out[1].passage, out[2].passage})
}

func TestSearch_Translations_ReaderGetsTheirs(t *testing.T) {
	tree := fstest.MapFS{
		"disk.ko.md": {Data: []byte("# 디스크\n\n## 가득 찰 때\n\n로그를 지운다.")},
		"disk.en.md": {Data: []byte("# Disk\n\n## Full\n\nDelete the logs.")},
		"cert.en.md": {Data: []byte("# Certificate\n\n## Renew\n\nAsk for a new one.")},
	}
	l, err := Open(t.Context(), Options{Folders: []Folder{{FS: tree}}})
	require.NoError(t, err)
	for text, want := range map[string]string{
		"디스크가 꽉 찼어요": "disk.ko.md#가득-찰-때", "disk is full": "disk.en.md#full", "DB디스크가 꽉차면": "disk.ko.md#가득-찰-때", "인증서 갱신": "cert.en.md#renew",
	} {
		hits := l.Search(t.Context(), Query{Text: text})
		require.NotEmpty(t, hits, text)
		assert.Equal(t, want, hits[0].ID, text)
	}
}
