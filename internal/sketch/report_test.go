package sketch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReport_SealedAndOpened_IsTheSame(t *testing.T) {
	h, err := NewHasher([]byte("secret"), "agency")
	require.NoError(t, err)
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, want := range []Report{
		{From: at, Through: at.Add(time.Minute), Made: at.Add(time.Hour), Prints: []uint32{1, 7, 1 << 31}},
		{From: time.Unix(0, 0).UTC(), Through: time.Unix(0, 0).UTC(), Made: at, Fresh: true},
	} {
		b := h.SealReport("busan", want)
		assert.LessOrEqual(t, len(b), MaxFrame)
		got, err := h.OpenReport("busan", b)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		_, err = h.OpenReport("seoul", b)
		require.ErrorIs(t, err, ErrForged)
		_, _, err = h.Open("busan", b)
		assert.ErrorIs(t, err, ErrMalformed, "a report is no frame")
	}
}

func TestOpenReport_Damaged_IsRefusedByName(t *testing.T) {
	h, err := NewHasher([]byte("secret"), "agency")
	require.NoError(t, err)
	other, err := NewHasher([]byte("secret"), "somebody else")
	require.NoError(t, err)
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	good := h.SealReport("busan", Report{From: at, Through: at, Made: at, Prints: []uint32{3}})
	edit := func(i int, v byte) []byte {
		b := append([]byte(nil), good...)
		b[i] = v
		return b
	}
	for name, tc := range map[string]struct {
		b    []byte
		want error
	}{
		"empty": {nil, ErrMalformed}, "short": {good[:30], ErrMalformed}, "odd": {good[:len(good)-1], ErrMalformed},
		"magic": {edit(0, 'X'), ErrMalformed}, "version": {edit(2, 9), ErrVersion}, "print": {edit(headerSize, 1), ErrForged},
		"large": {make([]byte, MaxFrame+1), ErrTooLarge}, "key": {other.SealReport("busan", Report{From: at, Through: at}), ErrKey},
		"backwards": {h.SealReport("busan", Report{From: at.Add(1), Through: at}), ErrMalformed},
	} {
		_, err := h.OpenReport("busan", tc.b)
		assert.ErrorIs(t, err, tc.want, name)
	}
}
