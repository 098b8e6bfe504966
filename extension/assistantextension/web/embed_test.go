package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxPacked is what scripts and styles may weigh on the wire, by gzip.
const maxPacked = 60_000

func TestFiles_ScriptsAndStyles_AreSmall(t *testing.T) {
	total := 0
	for _, name := range []string{"assets/page.js", "assets/page.css"} {
		text, err := fs.ReadFile(Files(), name)
		require.NoError(t, err)
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		require.NoError(t, err)
		_, err = w.Write(text)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		t.Logf("%s: %d bytes, %d by gzip", name, len(text), packed.Len())
		total += packed.Len()
	}
	assert.LessOrEqual(t, total, maxPacked)
}

// The policy would stop them; they shall not be there in the first place.
func TestFiles_Document_HasNothingInlineAndNothingForeign(t *testing.T) {
	page, err := fs.ReadFile(Files(), "index.html")
	require.NoError(t, err)
	assert.NotRegexp(t, `<script(?:[^>]*)>[^<]`, string(page))
	assert.NotRegexp(t, `<style|style=|\son\w+=|https?://`, string(page))
}

func TestSources_Markup_IsNeverMadeFromText(t *testing.T) {
	forbidden := regexp.MustCompile(`dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://`)
	err := filepath.WalkDir("src", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		assert.Empty(t, forbidden.FindAllString(string(text), -1), path)
		return err
	})
	require.NoError(t, err)
}

func TestDictionaries_SameKeysAndPlaceholders(t *testing.T) {
	read := func(lang string) map[string]string {
		text, err := os.ReadFile(filepath.Join("src", "i18n", lang+".json"))
		require.NoError(t, err)
		var words map[string]string
		require.NoError(t, json.Unmarshal(text, &words))
		return words
	}
	placeholder := regexp.MustCompile(`\{\w+\}`)
	named := func(text string) []string {
		found := placeholder.FindAllString(text, -1)
		slices.Sort(found)
		return found
	}
	ko, en := read("ko"), read("en")
	for key, text := range en {
		if assert.Contains(t, ko, key) {
			assert.Equal(t, named(text), named(ko[key]), key)
			assert.NotEmpty(t, strings.TrimSpace(ko[key]), key)
		}
	}
	for key := range ko {
		assert.Contains(t, en, key)
	}
}

// Every text of the dictionaries is shown somewhere: keys stand in the sources whole, or as the beginning of one that is
// put together.
func TestDictionaries_EveryKey_IsUsed(t *testing.T) {
	var sources strings.Builder
	err := filepath.WalkDir("src", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".tsx") && !strings.HasSuffix(path, ".ts") {
			return err
		}
		text, err := os.ReadFile(path)
		sources.Write(text)
		return err
	})
	require.NoError(t, err)
	text, err := os.ReadFile("src/i18n/en.json")
	require.NoError(t, err)
	var words map[string]string
	require.NoError(t, json.Unmarshal(text, &words))
	for key := range words {
		whole := strings.Contains(sources.String(), "'"+key+"'")
		prefix := key[:strings.LastIndex("."+key, ".")]
		assert.True(t, whole || prefix != "" && strings.Contains(sources.String(), "`"+prefix+"${"), key)
	}
}

// What `npm ci` fetches is not tied to the registry that somebody used.
func TestLockfile_NamesNoRegistry(t *testing.T) {
	text, err := os.ReadFile("package-lock.json")
	require.NoError(t, err)
	assert.NotContains(t, string(text), `"resolved"`)
}
