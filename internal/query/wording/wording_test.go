package wording

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFigure_Units_AreWrittenAsReadersWrite(t *testing.T) {
	for _, tt := range []struct {
		v      float64
		unit   string
		ko, en string
	}{
		{1284, "{user}", "1,284명", "1,284 users"}, {1, "{user}", "1명", "1 user"}, {12.34, "%", "12.3 %", "12.3 %"}, {99.9912, "%", "99.991 %", "99.991 %"},
		{11181.9, "%", "11,182 %", "11,182 %"}, {-2.5, Points, "−2.5 %p", "−2.5 pp"}, {340, "ms", "340 ms", "340 ms"}, {3050, "ms", "3.05초", "3.05 s"},
		{33840, "s", "9시간 24분", "9 h 24 min"}, {7200, "s", "2시간", "2 h"}, {90, "s", "1분 30초", "1 min 30 s"}, {90000, "s", "1일 1시간", "1 d 1 h"},
		{1.23e9, "By", "1.23 GB", "1.23 GB"}, {2500, "By/s", "2.5 kB/s", "2.5 kB/s"}, {18_400_000, "KRW", "₩18,400,000", "₩18,400,000"}, {-5, "SEK", "−5 SEK", "−5 SEK"},
		{12.34, "{request}/s", "12.3건/초", "12.3 req/s"}, {0.004, "", "0.004", "0.004"}, {0, "{user}", "0명", "0 users"},
	} {
		assert.Equal(t, tt.ko, Figure(tt.v, tt.unit, Korean))
		assert.Equal(t, tt.en, Figure(tt.v, tt.unit, English))
	}
	assert.Equal(t, "+12.0 %", Signed(12, "%", English))
	assert.Equal(t, "−0.5 ms", Signed(-0.5, "ms", English))
}

func TestParticle_FollowsTheSound(t *testing.T) {
	for word, want := range map[string]string{
		"서울": "은", "부산": "은", "대구": "는", "payment": "는", "web-01": "은", "web-02": "는", "71.4 %": "는", "1,284명": "은", "seoul": "은", "a)": "는", "": "는",
	} {
		assert.Equal(t, want, Particle(word, "은", "는"), word)
	}
	assert.Equal(t, "로", Particle("서울", "으로", "로"))
	assert.Equal(t, "으로", Particle("부산", "으로", "로"))
}

func TestPhrases_BothLanguages_HaveTheSameSlots(t *testing.T) {
	book, err := Load()
	require.NoError(t, err)
	for key, p := range book {
		assert.NotEmpty(t, p.Ko, key)
		assert.NotEmpty(t, p.En, key)
		sorted := func(text string) []string {
			var out []string
			for _, s := range Slots(text) {
				s = strings.TrimSuffix(s, "|abs")
				if !slices.Contains(out, s) {
					out = append(out, s)
				}
			}
			slices.Sort(out)
			return out
		}
		ko, en := sorted(p.Ko), sorted(p.En)
		missing := func(a, b []string) []string {
			return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) || strings.HasPrefix(s, "@") })
		}
		if _, loose := differ[key]; !loose {
			assert.Empty(t, missing(ko, en), key)
			assert.Empty(t, missing(en, ko), key)
		}
	}
}

// differ are phrases of which one language says more.
var differ = map[string]bool{"report.visits_up": true, "cause.changed_up": true}

func FuzzName(f *testing.F) {
	for _, s := range []string{"payment", "<script>alert(1)</script>", "a\u202eb", "https://example.org", strings.Repeat("가", 200), "\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range []string{Name(s), Plain(s)} {
			assert.True(t, utf8.ValidString(out))
			assert.LessOrEqual(t, utf8.RuneCountInString(out), MaxName+1)
			assert.False(t, strings.ContainsFunc(out, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }))
		}
		assert.NotContains(t, Plain(s), "://")
		assert.NotContains(t, Plain(s), "<")
	})
}
