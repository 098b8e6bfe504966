package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/dchest/siphash"

	"github.com/braidotel/braid/internal/identity"
)

// Key is the key of the hashes under which tokens are remembered.
type Key = [2]uint64

// DeriveKey derives the key from a deployment's secret: whoever has the secret gets the same hashes.
func DeriveKey(secret string) Key {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte("session table"))
	b := h.Sum(nil)
	return Key{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
}

// KeyID names a key without telling it, so that hashes under different keys are not compared.
func KeyID(key Key) string {
	return fmt.Sprintf("%08x", uint32(siphash.Hash(key[0], key[1], []byte("key id"))))
}

// TokenHash is the hash under which a table remembers a token: a cookie, say, by its name and value.
func TokenHash(key Key, name, value string) uint64 {
	return uint64(hasher{k0: key[0], k1: key[1]}.token(name, normalise(identity.Token{Name: name, Value: value})))
}

// tokenHash stands for a token, session id or user in the tables: 64 bits of a keyed hash, so that no secret is kept and
// nobody outside can choose values that meet.
type tokenHash uint64

// hasher is SipHash-2-4 under the table's key.
type hasher struct{ k0, k1 uint64 }

func (h hasher) of(domain, name, value string) tokenHash {
	var stack [192]byte
	b := append(stack[:0], domain...)
	b = append(b, name...)
	b = append(b, 0)
	b = append(b, value...)
	return tokenHash(siphash.Hash(h.k0, h.k1, b))
}

func (h hasher) session(id string) tokenHash        { return h.of("s", "", id) }
func (h hasher) user(id string) tokenHash           { return h.of("u", "", id) }
func (h hasher) token(name, value string) tokenHash { return h.of("t", name, value) }
func (h hasher) item(t TraceID, s SpanID, salt byte) tokenHash {
	var b [25]byte
	copy(b[:16], t[:])
	copy(b[16:24], s[:])
	b[24] = salt
	return tokenHash(siphash.Hash(h.k0, h.k1, b[:]))
}
