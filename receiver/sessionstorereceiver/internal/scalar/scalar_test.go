package scalar

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	longHex    = "aced00057372000e6a6176612e6c616e672e4c6f6e673b8be490cc8f23df0200014a000576616c7565787200106a6176612e6c616e672e4e756d62657286ac951d0b94e08b0200007870"
	integerHex = "aced0005737200116a6176612e6c616e672e496e746567657212e2a0a4f781873802000149000576616c7565787200106a6176612e6c616e672e4e756d62657286ac951d0b94e08b0200007870"
)

// fields are what a JDK 17 wrote (writeObject), and what Kryo 5, Jackson and people write, with what they stand for.
var fields = []struct {
	name, field string // the field in hex
	want        Value
}{
	{"java_long", longHex + "0000018bcfe5687b", Of(1700000000123)},
	{"java_integer", integerHex + "00000708", Of(1800)},
	{"java_negative", integerHex + "ffffffff", Of(-1)},
	{"java_string", "aced0005740005616c696365", Value{Text: "alice"}},
	{"java_korean", "aced0005740009eab980ebafbcec9584", Value{Text: "김민아"}},
	{"java_zero_and_surrogates", "aced000574000a61c08062eda0bdedb880", Value{Text: "a\x00b\U0001F600"}},
	{"kryo_long", "09f6cde5f9c5c3ad03", Value{}}, // set below
	{"kryo_int", "02901c", Of(1800)},
	{"kryo_minus_one", "0201", Of(-1)},
	{"kryo_string", "03616c6963e5", Value{Text: "alice"}},
	{"kryo_string_not_null", "0301616c6963e5", Value{Text: "alice"}},
	{"kryo_one_letter", "038261", Value{Text: "a"}},
	{"kryo_korean", "0384eab980ebafbcec9584", Value{Text: "김민아"}},
	{"kryo_empty", "0381", Value{}},
	{"kryo_null", "00", Value{}},
	{"jackson_long", hex.EncodeToString([]byte(`["java.lang.Long",1703012912165]`)), Value{Text: "1703012912165", Int: 1703012912165, IsNumber: true}},
	{"json_string", hex.EncodeToString([]byte(`"mina"`)), Value{Text: "mina"}},
	{"number", hex.EncodeToString([]byte("1800")), Of(1800)},
	{"float", hex.EncodeToString([]byte("1.7e12")), Value{Text: "1.7e12", Int: 1.7e12, IsNumber: true}},
	{"text", hex.EncodeToString([]byte("김민아")), Value{Text: "김민아"}},
	{"nothing", "", Value{}},
}

func decoded(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}

// kryoLongField writes a Long as Kryo 5 does: zigzag, seven bits a byte.
func kryoLongField(n int64) []byte {
	u := uint64(n<<1) ^ uint64(n>>63)
	field := []byte{kryoLong}
	for i := 0; i < 8 && u >= 0x80; i++ {
		field = append(field, byte(u)|0x80)
		u >>= 7
	}
	return append(field, byte(u))
}

func TestDecode_WhatWritersWrite_IsRead(t *testing.T) {
	for _, test := range fields {
		t.Run(test.name, func(t *testing.T) {
			field, want := decoded(t, test.field), test.want
			if test.name == "kryo_long" {
				field, want = kryoLongField(1700000000123), Of(1700000000123)
			}
			got, err := Decode(field)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

func TestDecode_KryoLongs_ComeBack(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 63, 64, 1 << 40, -1 << 40, 1<<62 - 1, -1 << 62, 1<<63 - 1, -1 << 63} {
		got, err := Decode(kryoLongField(n))
		require.NoError(t, err)
		assert.Equal(t, Of(n), got)
	}
}

func TestDecode_Objects_AreNotLookedInto(t *testing.T) {
	for name, field := range map[string]string{
		"boolean":        "aced0005737200116a6176612e6c616e672e426f6f6c65616ecd207280d59cfaee0200015a000576616c7565787001",
		"array":          "aced0005757200135b4c6a6176612e6c616e672e537472696e673badd256e7e91d7b4702000078700000000174000178",
		"object":         hex.EncodeToString([]byte(javaStream + "sr\x00\x08shop.Cart")),
		"jackson_object": hex.EncodeToString([]byte(`["shop.Cart",{"items":[]}]`)),
		"not_text":       "fffefd",
		"too_long":       hex.EncodeToString([]byte(strings.Repeat("x", MaxBytes+1))),
	} {
		_, err := Decode(decoded(t, field))
		assert.ErrorIs(t, err, ErrNotScalar, name)
	}
}

func TestDecode_CutShort_IsMalformed(t *testing.T) {
	for _, test := range fields[:13] {
		field := decoded(t, test.field)
		if test.name == "kryo_long" || len(field) < 3 {
			continue
		}
		got, err := Decode(field[:len(field)-1])
		if err == nil {
			assert.NotEqual(t, test.want, got, test.name)
		}
		got, err = Decode(append(field, 0))
		if err == nil {
			assert.NotEqual(t, test.want, got, test.name)
		}
	}
}

func TestTime_Units_AreTold(t *testing.T) {
	want := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	for _, v := range []Value{Of(want.Unix()), Of(want.UnixMilli()), {Text: "2026-11-22T06:00:00.000Z"}, {Text: "2026-11-22T15:00:00+09:00"}} {
		assert.True(t, want.Equal(v.Time()), v.Text)
	}
	for _, v := range []Value{{}, Of(0), Of(-1), Of(1 << 60), {Text: "tomorrow"}} {
		assert.True(t, v.Time().IsZero(), v.Text)
	}
}

func FuzzDecode(f *testing.F) {
	for _, test := range fields {
		f.Add(decoded(f, test.field))
	}
	f.Fuzz(func(t *testing.T, field []byte) {
		v, err := Decode(field)
		if err != nil {
			assert.Equal(t, Value{}, v)
		}
		assert.LessOrEqual(t, len(v.Text), 2*len(field)+20)
		_ = v.Time()
	})
}
