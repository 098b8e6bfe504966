package sketch

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/axiomhq/hyperloglog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var testFrame = Frame{Subject: "shop/session/cart", Start: time.Unix(1_700_000_040, 0).UTC(), Tier: time.Minute}

func seal(t testing.TB, h *Hasher, s *Sketch) [][]byte {
	t.Helper()
	frames, err := h.Seal(testFrame, s)
	require.NoError(t, err)
	return frames
}

func TestFrame_RoundTrip_IsLossless(t *testing.T) {
	h := newHasher(t, "secret", "")
	for _, n := range []int{1, 100, frameHashes, frameHashes + 1, ExactLimit, ExactLimit + 1, 200_000} {
		s := sketchOf(people(n, 5)...)
		frames := seal(t, h, s)
		back := new(Sketch)
		for i := len(frames) - 1; i >= 0; i-- { // any order
			assert.LessOrEqual(t, len(frames[i]), MaxFrame)
			f, part, err := h.Open(testFrame.Subject, frames[i])
			require.NoError(t, err)
			assert.Equal(t, testFrame, f)
			require.NoError(t, back.Merge(part))
		}
		assertSame(t, s, back)
	}
}

func TestFrame_Empty_GivesNone(t *testing.T) {
	assert.Empty(t, seal(t, newHasher(t, "secret", ""), new(Sketch)))
}

func TestFrame_ExactSet_IsCanonical(t *testing.T) {
	h, all := newHasher(t, "secret", ""), people(500, 1)
	a, b := sketchOf(all...), new(Sketch)
	for i := range all {
		b.Observe(all[len(all)-1-i])
	}
	assert.Equal(t, seal(t, h, a), seal(t, h, b))
}

// reseal signs whatever bytes a test made up, as a node gone mad would.
func reseal(h *Hasher, subject string, body []byte) []byte {
	return h.finish(Frame{Subject: subject}, body)
}

func body(frame []byte) []byte { return append([]byte(nil), frame[:len(frame)-tagSize]...) }

type refusal struct {
	name  string
	frame []byte
	want  error
}

func refusals(t testing.TB, h *Hasher) []refusal {
	few := seal(t, h, sketchOf(people(5, 1)...))[0]
	many := seal(t, h, sketchOf(people(20_000, 1)...))[0]
	edit := func(frame []byte, f func(b []byte) []byte) []byte {
		return reseal(h, testFrame.Subject, f(body(frame)))
	}
	put := func(at int, v byte) func([]byte) []byte {
		return func(b []byte) []byte { b[at] = v; return b }
	}
	registersOf := func(fill func(regs []byte), events uint64) []byte {
		return edit(many, func(b []byte) []byte {
			binary.BigEndian.PutUint64(b[32:], events)
			fill(b[headerSize+8:])
			return b
		})
	}
	all51 := func(regs []byte) {
		for i := range regs {
			regs[i] = 51
		}
	}
	lastFlipped := append([]byte(nil), few...)
	lastFlipped[len(few)-1] ^= 1
	other16, err := hyperloglog.New16NoSparse().MarshalBinary()
	require.NoError(t, err)
	return []refusal{
		{"empty", nil, ErrMalformed},
		{"short", few[:headerSize+tagSize-1], ErrMalformed},
		{"magic", edit(few, put(0, 'X')), ErrMalformed},
		{"too_large", make([]byte, MaxFrame+1), ErrTooLarge},
		{"four_mebibytes", make([]byte, 4<<20), ErrTooLarge},
		{"version", edit(few, put(2, 3)), ErrVersion},
		{"version_of_another_hash", edit(few, put(2, 1)), ErrVersion},
		{"kind", edit(few, put(3, 9)), ErrMalformed},
		{"precision", edit(few, put(4, 16)), ErrPrecision},
		{"reserved", edit(few, put(6, 1)), ErrMalformed},
		{"key", edit(few, put(8, 0xff)), ErrKey},
		{"other_tenant", seal(t, newHasher(t, "secret", "other"), sketchOf(1))[0], ErrKey},
		{"tag_flipped", lastFlipped, ErrForged},
		{"truncated", few[:len(few)-8], ErrForged},
		{"other_subject", reseal(h, "someone else", body(few)), ErrForged},
		{"exact_odd_length", edit(few, func(b []byte) []byte { return b[:len(b)-3] }), ErrMalformed},
		{"exact_none", edit(few, func(b []byte) []byte { return b[:headerSize] }), ErrMalformed},
		{"exact_repeats", edit(few, func(b []byte) []byte { return append(b[:headerSize+8], b[headerSize:headerSize+8]...) }), ErrMalformed},
		{"exact_more_than_events", edit(few, put(39, 4)), ErrImplausible},
		{"registers_short", edit(many, func(b []byte) []byte { return b[:len(b)-1] }), ErrMalformed},
		{"registers_over_51", registersOf(func(regs []byte) { regs[0] = 52 }, 20_000), ErrMalformed},
		{"registers_other_precision", edit(many, func(b []byte) []byte { return append(b[:headerSize], other16[:18000]...) }), ErrMalformed},
		{"registers_old_version", edit(many, put(headerSize, 1)), ErrMalformed},
		{"poison", registersOf(all51, 20_000), ErrImplausible},
		{"poison_with_any_claim", registersOf(all51, math.MaxUint64), ErrImplausible},
		{"one_impossible_register", registersOf(func(regs []byte) { regs[7] = 51 }, 20_000), ErrImplausible},
		{"fewer_events_than_people", registersOf(func([]byte) {}, 10_000), ErrImplausible},
	}
}

func TestOpen_WhatItMustRefuse_IsRefusedByName(t *testing.T) {
	h := newHasher(t, "secret", "")
	for _, r := range refusals(t, h) {
		t.Run(r.name, func(t *testing.T) {
			_, s, err := h.Open(testFrame.Subject, r.frame)
			assert.ErrorIs(t, err, r.want)
			assert.Nil(t, s)
		})
	}
}

func TestOpen_TooLarge_IsNotLookedInto(t *testing.T) {
	h, huge := newHasher(t, "secret", ""), make([]byte, 4<<20)
	assert.LessOrEqual(t, testing.AllocsPerRun(10, func() { _, _, _ = h.Open("x", huge) }), 16.0, "an error, no more")
}

func FuzzOpen(f *testing.F) {
	h := newHasher(f, "secret", "")
	for _, r := range refusals(f, h) {
		if len(r.frame) <= MaxFrame {
			f.Add(r.frame)
		}
	}
	f.Add(seal(f, h, sketchOf(people(3, 1)...))[0])
	f.Add(seal(f, h, sketchOf(people(20_000, 1)...))[0])
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, _ = h.Open(testFrame.Subject, b)
		if len(b) < tagSize {
			return
		}
		// The tag hides the decoder from the fuzzer, so sign what it made.
		_, s, err := h.Open(testFrame.Subject, reseal(h, testFrame.Subject, body(b)))
		if err != nil {
			return
		}
		once := merged(t, s, sketchOf(1, 2, 3))
		twice := merged(t, sketchOf(1, 2, 3), s, s)
		require.Equal(t, once.Registers(nil), twice.Registers(nil))
		require.LessOrEqual(t, s.Estimate().Value, 1.05*float64(s.Events())+16)
		w := newWindow(t, 10, 14)
		var d Delta
		d.MergeSketch(s)
		require.True(t, w.Apply(1, &d))
		w.Estimate()
		back := new(Sketch)
		for _, frame := range seal(t, h, s) {
			_, part, err := h.Open(testFrame.Subject, frame)
			require.NoError(t, err)
			require.NoError(t, back.Merge(part))
		}
		require.Equal(t, s.Registers(nil), back.Registers(nil))
	})
}
