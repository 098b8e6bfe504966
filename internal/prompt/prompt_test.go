package prompt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const file = `---
name: summary
version: 1
owner: team
languages: [ko]
tasks: [incident]
schema: sentences
models: {max_output_tokens: 100}
changelog: first
---
Say it.
`

var now = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func TestParse_BadHead_NamesEveryField(t *testing.T) {
	_, err := Parse([]byte(file))
	require.NoError(t, err)
	for change, want := range map[[2]string]string{
		{"---\nname", "name"}:                              "two lines of three dashes",
		{"owner: team\n", ""}:                              "owner is missing",
		{"schema: sentences", "schema: free"}:              `must be sentences, is "free"`,
		{"max_output_tokens: 100", "max_output_tokens: 0"}: "between 1 and 8192",
		{"owner", "ower"}:                                  "ower",
		{"Say it.\n", ""}:                                  "the text after the head",
	} {
		_, err := Parse([]byte(strings.Replace(file, change[0], change[1], 1)))
		assert.ErrorContains(t, err, want)
	}
}

func second() string {
	return strings.NewReplacer("version: 1", "version: 2", "Say it.", "Say it better.").Replace(file)
}

func TestPromote_Untested_IsRefused_AndRollbackGoesBack(t *testing.T) {
	dir := t.TempDir()
	embedded := fstest.MapFS{"summary/1.md": {Data: []byte(file)}, "summary/labels.yaml": {Data: []byte("labels: {production: 1}")}}
	s := NewStore(embedded, dir)
	p, err := s.Get("summary", "production")
	require.NoError(t, err)
	require.Equal(t, "summary@1", p.ID())
	require.NoError(t, s.Record(p, 3, "", now)) // the first change copies the embedded prompt

	require.NoError(t, os.WriteFile(filepath.Join(dir, "summary", "2.md"), []byte(second()), 0o600))
	assert.ErrorIs(t, s.Promote("summary", 2, Production, now), ErrUntested)
	require.NoError(t, s.Promote("summary", 2, Draft, now), "a draft needs no test")
	p2, err := s.Get("summary", "2")
	require.NoError(t, err)
	require.NoError(t, s.Record(p2, 3, "house", now))
	require.NoError(t, s.Promote("summary", 2, Production, now))
	got, err := s.Get("summary", "production")
	require.NoError(t, err)
	assert.Equal(t, 2, got.Version)
	assert.Error(t, s.Promote("summary", 2, Production, now))

	back, err := s.Rollback("summary", Production, now)
	require.NoError(t, err)
	assert.Equal(t, 1, back)
	_, err = s.Rollback("summary", Staging, now)
	assert.Error(t, err)
}

func TestVersions_ChangedAfterItsTest_IsRefused(t *testing.T) {
	dir := t.TempDir()
	s := NewStore(fstest.MapFS{"summary/1.md": {Data: []byte(file)}}, dir)
	p, err := s.Get("summary", "1")
	require.NoError(t, err)
	require.NoError(t, s.Record(p, 1, "", now))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "summary", "1.md"), []byte(strings.Replace(file, "Say it", "Say more", 1)), 0o600))
	_, err = s.Get("summary", "1")
	assert.ErrorContains(t, err, "write it as version 2")
}

func TestStore_BadReferences_AreNamed(t *testing.T) {
	s := NewStore(fstest.MapFS{"summary/1.md": {Data: []byte(file)}}, "")
	for _, tt := range [][3]string{{"nothing", "1", `no prompt "nothing"`}, {"summary", "9", "no version 9"}, {"summary", "gold", `no label "gold"`}, {"../etc", "1", "slashes"}} {
		_, err := s.Get(tt[0], tt[1])
		assert.ErrorContains(t, err, tt[2])
	}
	assert.ErrorContains(t, s.Promote("summary", 1, Draft, now), "name a directory")
	assert.ErrorContains(t, s.Promote("summary", 1, "gold", now), "no label")
}
