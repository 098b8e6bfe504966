package sketch

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dchest/siphash"
	"github.com/dgryski/go-sip13"
)

// hashDomain separates these keys from any other use of the same secret. A
// change of the hash or of the register layout must change it.
const hashDomain = "braid sketch v2\x00"

var errNoSecret = errors.New("deriving a sketch key: the deployment secret is empty")

// KeyID names a key without telling anything about it. Sketches of different
// key ids count different hashes of the same people and must never be merged.
type KeyID uint64

// Hasher is the keyed pseudorandom function of one tenant (SipHash, Aumasson and
// Bernstein 2012). Without the key nobody can choose identities that count as
// more than they are, nor test who is in a sketch. Its zero value is not usable.
//
// Identities go through SipHash-1-3: one round a block and three at the end, where
// the paper's conservative 2-4 has two and four, and two thirds of its time. It is
// what Aumasson recommends for hash tables and what Rust, Python and Ruby hash
// strings with. What it gives up is margin against one who sees outputs; sketches
// show some, but only to those who are sent them. Frames, whose tags anyone may
// try to forge, keep 2-4 with 128 bits. See docs/adr/003-identity-hash.md.
type Hasher struct {
	k0, k1 uint64 // hashes identities
	m0, m1 uint64 // authenticates frames
	id     KeyID
}

// NewHasher derives the tenant's keys from the deployment secret that all nodes
// of one deployment share. It fails only on an empty secret.
func NewHasher(secret []byte, tenant string) (Hasher, error) {
	if len(secret) == 0 {
		return Hasher{}, errNoSecret
	}
	out, err := hkdf.Key(sha256.New, secret, nil, hashDomain+tenant, 40)
	if err != nil {
		return Hasher{}, fmt.Errorf("deriving a sketch key: %w", err)
	}
	le := binary.LittleEndian
	h := Hasher{
		m0: le.Uint64(out[16:]),
		m1: le.Uint64(out[24:]),
		id: KeyID(le.Uint64(out[32:])),
	}
	h.k0, h.k1 = identityKey(le.Uint64(out), le.Uint64(out[8:]))
	return h, nil
}

// KeyID returns the public name of the key.
func (h *Hasher) KeyID() KeyID { return h.id }

// Sum hashes an identity. It does not allocate and does not keep b.
func (h *Hasher) Sum(b []byte) uint64 { return sip13.Sum64(h.k0, h.k1, b) }

// SumString hashes an identity. It does not allocate.
func (h *Hasher) SumString(s string) uint64 { return sip13.Sum64Str(h.k0, h.k1, s) }

// tag authenticates b (SipHash-2-4-128).
func (h *Hasher) tag(b []byte) (lo, hi uint64) { return siphash.Hash128(h.m0, h.m1, b) }
