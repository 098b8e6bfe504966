package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"github.com/braidotel/braid/internal/query"
)

const tokenHeader = "X-Braid-Token" //nolint:gosec // a name, not a token

// tokens makes what a write must carry: a page of another origin can make a browser send credentials, but can neither read
// a token nor set its header. They are good until the collector restarts.
type tokens struct {
	key [32]byte
}

func newTokens() *tokens {
	t := &tokens{}
	_, _ = rand.Read(t.key[:]) // never fails
	return t
}

// of is the token of one caller.
func (t *tokens) of(caller query.Caller) string {
	mac := hmac.New(sha256.New, t.key[:])
	mac.Write([]byte(caller.Tenant))
	mac.Write([]byte{0})
	mac.Write([]byte(caller.Name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (t *tokens) valid(caller query.Caller, token string) bool {
	return hmac.Equal([]byte(t.of(caller)), []byte(token))
}
