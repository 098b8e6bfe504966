package identity

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExtract_HostileValues_StayWithinBounds(t *testing.T) {
	t.Parallel()
	x := newExtractor(t, allPresets(Rules{}))
	for name, tc := range map[string]struct {
		item item
		want string // presented token
	}{
		"a_megabyte_of_one_value":   {item: item{keyCookie: "JSESSIONID=" + strings.Repeat("x", 1<<20)}},
		"a_value_longer_than_fits":  {item: item{keyCookie: "JSESSIONID=" + strings.Repeat("x", 300) + "; a=1"}, want: strings.Repeat("x", 256)},
		"before_a_megabyte":         {item: item{keyCookie: "JSESSIONID=J1; a=" + strings.Repeat("x", 1<<20)}, want: "J1"},
		"behind_a_megabyte":         {item: item{keyCookie: "a=" + strings.Repeat("x", 1<<20) + "; JSESSIONID=J1"}},
		"behind_100000_cookies":     {item: item{keyCookie: strings.Repeat("a=1; ", 100_000) + "JSESSIONID=J1"}},
		"cut_in_the_middle":         {item: item{keyCookie: strings.Repeat("a", 8192-14) + "; JSESSIONID=J1234567"}},
		"whole_at_the_very_end":     {item: item{keyCookie: strings.Repeat("a", 8192-13) + ";JSESSIONID=J"}, want: "J"},
		"whole_before_the_cut":      {item: item{keyCookie: strings.Repeat("a", 8192-13) + ";JSESSIONID=J;b=2"}, want: "J"},
		"invalid_utf8":              {item: item{keyCookie: "JSESSIONID=J\xff\xfe1"}, want: "J1"},
		"invalid_utf8_encoded":      {item: item{keyCookie: "JSESSIONID=J%ff%fe1"}, want: "J1"},
		"only_invalid_utf8":         {item: item{keyCookie: "JSESSIONID=\xff"}},
		"a_rune_cut_in_two":         {item: item{keyCookie: "JSESSIONID=" + strings.Repeat("x", 255) + "가"}, want: strings.Repeat("x", 255)},
		"semicolons":                {item: item{keyCookie: strings.Repeat(";", 1<<20)}},
		"equals":                    {item: item{keyCookie: strings.Repeat("=", 1<<20)}},
		"percents":                  {item: item{keyCookie: "JSESSIONID=" + strings.Repeat("%", 100)}, want: strings.Repeat("%", 100)},
		"empty_list":                {item: item{keyCookie: []string{}}},
		"list_of_nothing":           {item: item{keyCookie: []string{"", ""}}},
		"list_with_it_at_the_end":   {item: item{keyCookie: append(make([]string, 1000), "JSESSIONID=J1")}, want: "J1"},
		"a_megabyte_in_a_body":      {item: item{bodyKey: strings.Repeat("JSESSIONID= ", 100_000)}},
		"a_megabyte_body_value":     {item: item{bodyKey: "JSESSIONID=" + strings.Repeat("x", 1<<20)}, want: strings.Repeat("x", 256)},
		"nul_and_newlines_are_text": {item: item{keyCookie: "JSESSIONID=a%00%0Ab"}, want: "a\x00\nb"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := extract(x, tc.item.fields(x), true)
			assert.Equal(t, tc.want, e.Presented.Value)
			assertBounded(t, &e)
		})
	}
}

// assertBounded checks that evidence is fit to be kept: valid UTF-8, no longer than configured.
func assertBounded(tb testing.TB, e *Evidence) {
	tb.Helper()
	for _, value := range []string{e.Session, e.Previous, e.User, e.Client, e.Presented.Value, e.Issued.Value} {
		require.LessOrEqual(tb, len(value), 256)
		require.True(tb, utf8.ValidString(value), "%q", value)
	}
}

func TestLookup_ManyKeys_FindsThoseAndNoOthers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	x, err := NewExtractor(allPresets(Rules{}))
	require.NoError(t, err)
	slots := map[string]int{}
	for range 2000 {
		key := make([]byte, random.IntN(64))
		for i := range key {
			key[i] = byte(random.IntN(256))
		}
		slots[string(key)] = x.Slot(string(key))
	}
	x.Alias("http.method", "http.request.method")
	slots["http.method"] = x.Slot("http.request.method")
	x.Alias("http.method", "session.id") // the first alias stays
	x.Seal()
	for key, want := range slots {
		slot, ok := x.Lookup(key)
		require.True(t, ok, "%q", key)
		require.Equal(t, want, slot, "%q", key)
	}
	for i := range 10_000 {
		_, ok := x.Lookup(fmt.Sprintf("no.such.key.%d", i))
		require.False(t, ok)
	}
	_, ok := newExtractor(t, Rules{}).Lookup("")
	assert.False(t, ok)
}
