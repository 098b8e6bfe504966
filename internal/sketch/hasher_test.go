package sketch

import (
	"encoding/binary"
	"testing"

	"github.com/dgryski/go-sip13"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newHasher(t testing.TB, secret, tenant string) *Hasher {
	t.Helper()
	h, err := NewHasher([]byte(secret), tenant)
	require.NoError(t, err)
	return &h
}

func TestNewHasher_NoSecret_Refused(t *testing.T) {
	_, err := NewHasher(nil, "a")
	assert.Error(t, err)
}

func TestHasher_SameSecretAndTenant_AgreesAcrossNodes(t *testing.T) {
	a, b := newHasher(t, "secret", "t"), newHasher(t, "secret", "t")
	assert.Equal(t, a, b)
	assert.Equal(t, a.SumString("10.0.0.1"), b.Sum([]byte("10.0.0.1")))
	assert.Equal(t, a.SumString(""), a.Sum(nil))
}

func TestHasher_OtherSecretOrTenant_HashesApart(t *testing.T) {
	base := newHasher(t, "secret", "t")
	for _, other := range []*Hasher{newHasher(t, "secret", "u"), newHasher(t, "secret2", "t"), newHasher(t, "secret", "")} {
		assert.NotEqual(t, base.KeyID(), other.KeyID())
		assert.NotEqual(t, base.SumString("x"), other.SumString("x"))
	}
}

func TestHasher_Sum_DoesNotAllocate(t *testing.T) {
	h, id := newHasher(t, "secret", ""), "0123456789abcdef0123456789abcdef"
	b := []byte(id)
	assert.Zero(t, testing.AllocsPerRun(100, func() { h.SumString(id); h.Sum(b) }))
}

// Whoever knows the hash can try identities until each register holds the
// highest value found: 16,384 cookies then count as all that were tried. Without
// the key the attacker tunes another hash, and gains nothing.
func TestHasher_ForgedIdentities_CountAsWhatTheyAre(t *testing.T) {
	type pick struct {
		rank int
		id   uint64
	}
	best := make([]pick, registers)
	var id [8]byte
	for i := range uint64(4_000_000) {
		binary.LittleEndian.PutUint64(id[:], i)
		register, rank := cell(sip13.Sum64(0, 0, id[:]), Precision)
		if rank >= best[register].rank {
			best[register] = pick{rank, i}
		}
	}
	h, w, s := newHasher(t, "secret", ""), newWindow(t, 150, 14), new(Sketch)
	for _, p := range best {
		binary.LittleEndian.PutUint64(id[:], p.id)
		w.Observe(0, h.Sum(id[:]))
		s.Observe(h.Sum(id[:]))
	}
	assert.Less(t, s.Estimate().Value, 20_000.0)
	assert.Less(t, w.Estimate().Value, 20_000.0)
}
