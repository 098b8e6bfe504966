package session

import "github.com/dchest/siphash"

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
