package question

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"golang.org/x/text/unicode/norm"
)

func TestStems_EachClass_ContractsAsWritten(t *testing.T) {
	for _, tt := range []struct {
		dictionary string
		want       []string
	}{
		{"하다", []string{"하", "해", "하여"}},
		{"보다", []string{"보", "봐"}},
		{"주다", []string{"주", "줘"}},
		{"느리다", []string{"느리", "느려"}},
		{"되다", []string{"되", "돼"}},
		{"크다", []string{"크", "커"}},
		{"바쁘다", []string{"바쁘", "바빠"}},
		{"빠르다", []string{"빠르", "빨라"}},
		{"부르다", []string{"부르", "불러"}},
		{"늘다", []string{"늘", "느"}},
		{"어렵다", []string{"어렵", "어려우", "어려워"}},
		{"뽑다", []string{"뽑"}},
		{"묻다", []string{"묻", "물"}},
		{"어떻다", []string{"어떻", "어떠", "어때"}},
		{"좋다", []string{"좋"}},
		{"가다", []string{"가", "가"}},
	} {
		var got []string
		for _, s := range stems(tt.dictionary) {
			got = append(got, norm.NFC.String(string(s.jamo)))
		}
		assert.Equal(t, tt.want, got, tt.dictionary)
	}
}

func TestHangulFromKeys_LatinTyping_SpellsSyllables(t *testing.T) {
	for typed, want := range map[string]string{
		"ehdwjq": "동접", "aucaud": "몇명", "ehdtlwjqthrwk": "동시접속자", "dhk": "와", "Rkrenrl": "깍두기", "rkqtdl": "값이", "EHDWJQ": "동접",
	} {
		got, ok := hangulFromKeys(typed)
		assert.True(t, ok, typed)
		assert.Equal(t, want, got, typed)
	}
	for _, typed := range []string{"cpu", "latency", "rt", "", "k"} {
		_, ok := hangulFromKeys(typed)
		assert.False(t, ok, typed)
	}
}

func TestKeysFromHangul_HangulTyping_SpellsWords(t *testing.T) {
	assert.Equal(t, "cpu", keysFromHangul("체ㅕ"))
	assert.Equal(t, "latency", keysFromHangul("ㅣㅁㅅ두쵸"))
	assert.Equal(t, "ehdwjq", keysFromHangul("동접"))
}

func TestLetters_AnyForm_FoldsToTheSame(t *testing.T) {
	want := fold("동접 cpu")
	for _, form := range []string{norm.NFD.String("동접 CPU"), "동접　ＣＰＵ", "동\u200b접 c\u00adpu", " 동접, (cpu)?", "동접\tCpu"} {
		assert.Equal(t, want, fold(form), "%q", form)
	}
	assert.Equal(t, fold("whats"), fold("what's"))
}

func TestLetters_Offsets_PointIntoTheText(t *testing.T) {
	text := norm.NFD.String("동접") + " ＣＰＵ 괜찮아"
	for _, l := range letters(text) {
		assert.Contains(t, string(fold(text[l.start:l.end])), string(l.r))
	}
}
