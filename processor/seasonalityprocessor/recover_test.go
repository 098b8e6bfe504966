package seasonalityprocessor

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReadSlots_DamagedAtAnyByte_IsTheNumberStill(t *testing.T) {
	t.Parallel()
	for _, n := range []int32{0, 1, 127, 128, 70_000, maxSlots} {
		whole := encodeSlots(n)
		assert.Equal(t, n, readSlots(whole))
		for at := range whole {
			for bit := range 8 {
				damaged := bytes.Clone(whole)
				damaged[at] ^= 1 << bit
				assert.Equal(t, n, readSlots(damaged), "bit %d of byte %d of %x", bit, at, whole)
			}
			assert.Contains(t, []int32{0, n}, readSlots(whole[:at]), "cut off after %d bytes of %x", at, whole)
		}
	}
	assert.EqualValues(t, 70_000, readSlots([]byte{entryVersion, 0xf0, 0xa2, 0x04}), "of earlier builds")
	assert.Zero(t, readSlots(nil))
	assert.Zero(t, readSlots([]byte{entryVersion, 0xff, 0xff, 0xff, 0xff, 0x7f}), "more than there can be")
}
