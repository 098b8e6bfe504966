package sketch

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/dchest/siphash"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sipHash is SipHash-c-d as section 2 of the paper describes it, one line a
// step: blocks of eight bytes, the last one padded with zeros up to the length's
// low byte, c rounds a block and d at the end.
func sipHash(c, d int, k0, k1 uint64, message []byte) uint64 {
	padded := append([]byte(nil), message...)
	for len(padded)%8 != 7 {
		padded = append(padded, 0)
	}
	padded = append(padded, byte(len(message)))
	v := [4]uint64{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
	for ; len(padded) > 0; padded = padded[8:] {
		m := binary.LittleEndian.Uint64(padded)
		v[3] ^= m
		sipRounds(&v, c)
		v[0] ^= m
	}
	v[2] ^= 0xff
	sipRounds(&v, d)
	return v[0] ^ v[1] ^ v[2] ^ v[3]
}

func sipRounds(v *[4]uint64, n int) {
	for range n {
		v[0] += v[1]
		v[1] = bits.RotateLeft64(v[1], 13) ^ v[0]
		v[0] = bits.RotateLeft64(v[0], 32)
		v[2] += v[3]
		v[3] = bits.RotateLeft64(v[3], 16) ^ v[2]
		v[0] += v[3]
		v[3] = bits.RotateLeft64(v[3], 21) ^ v[0]
		v[2] += v[1]
		v[1] = bits.RotateLeft64(v[1], 17) ^ v[2]
		v[2] = bits.RotateLeft64(v[2], 32)
	}
}

// The reference is itself held against the vector printed in the paper's
// appendix A, and against another implementation, before it judges.
func TestSipHash_Reference_IsRight(t *testing.T) {
	var message [15]byte
	for i := range message {
		message[i] = byte(i)
	}
	const k0, k1 = 0x0706050403020100, 0x0f0e0d0c0b0a0908
	require.Equal(t, uint64(0xa129ca6149be45e5), sipHash(2, 4, k0, k1, message[:]))
	eachMessage(func(k0, k1 uint64, m []byte) {
		require.Equal(t, siphash.Hash(k0, k1, m), sipHash(2, 4, k0, k1, m))
	})
}

func TestHasher_AnyLengthAndKey_IsSipHash13(t *testing.T) {
	eachMessage(func(k0, k1 uint64, m []byte) {
		h, want := Hasher{k0: k0, k1: k1}, sipHash(1, 3, k0, k1, m)
		require.Equal(t, want, h.Sum(m), "%d bytes", len(m))
		require.Equal(t, want, h.SumString(string(m)), "%d bytes", len(m))
	})
}

// eachMessage calls f with random keys and messages of 0 to 64 bytes, each at
// every alignment and with something else behind it.
func eachMessage(f func(k0, k1 uint64, m []byte)) {
	rng := rand.New(rand.NewPCG(13, 64))
	var room [64 + 16]byte
	for n := range 65 {
		for offset := range 8 {
			for range 4 {
				for i := range room {
					room[i] = byte(rng.Uint32())
				}
				f(rng.Uint64(), rng.Uint64(), room[offset:offset+n])
			}
		}
	}
}

func FuzzHasher(f *testing.F) {
	f.Add(uint64(0), uint64(0), []byte(nil))
	f.Add(uint64(1), uint64(1)<<63, []byte("0123456789abcdef0123456789abcdef"))
	f.Fuzz(func(t *testing.T, k0, k1 uint64, m []byte) {
		h := Hasher{k0: k0, k1: k1}
		assert.Equal(t, sipHash(1, 3, k0, k1, m), h.Sum(m))
	})
}
