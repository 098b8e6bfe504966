package sessioncorrelationprocessor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/identity"
	"github.com/braidotel/braid/internal/session"
)

// stamp writes what is known about who is behind an item. What the item says itself stays as it is, but for pseudonyms.
func (c *core) stamp(attributes pcommon.Map, id *session.Identity) {
	c.identify(attributes, id)
	c.pseudonyms.apply(attributes)
}

func (c *core) identify(attributes pcommon.Map, id *session.Identity) {
	client := c.cfg.Stamp.Client && id.Client != ""
	if id.Session == "" && id.User == "" && !client {
		return
	}
	attributes.EnsureCapacity(attributes.Len() + stamped)
	if id.Session != "" {
		if own := putAbsent(attributes, attrSession, id.Session); own != id.Session {
			return // it names another session itself: what this one is known by is not its
		}
		if c.cfg.Stamp.Source && id.Source != identity.SourceNone {
			putAbsent(attributes, attrSource, id.Source.String())
		}
	}
	if id.User != "" {
		putAbsent(attributes, attrUser, id.User)
	}
	if client {
		putAbsent(attributes, attrClient, id.Client)
	}
}

// stamped is the most attributes that stamp adds.
const stamped = 4

// putAbsent writes a value where there is none and returns the one that is there.
func putAbsent(attributes pcommon.Map, key, value string) string {
	if have, ok := attributes.Get(key); ok {
		return have.AsString()
	}
	attributes.PutStr(key, value)
	return value
}

// dropSecrets removes cookies and credentials.
func dropSecrets(attributes pcommon.Map) {
	attributes.RemoveIf(func(key string, _ pcommon.Value) bool {
		_, secret := secrets[key]
		return secret
	})
}

// pseudonyms replaces personal values by keyed hashes: HMAC-SHA-256 over the kind and the value, cut to 128 bits, in hex.
type pseudonyms struct {
	secret         string
	users, clients bool
}

func newPseudonyms(cfg *Config) *pseudonyms {
	return &pseudonyms{
		secret:  string(cfg.Secret),
		users:   slices.Contains(cfg.Pseudonymize, attrUser),
		clients: slices.Contains(cfg.Pseudonymize, attrClient),
	}
}

func (p *pseudonyms) user(value string) string {
	if !p.users || value == "" {
		return value
	}
	return p.of(attrUser, value)
}

func (p *pseudonyms) client(value string) string {
	if !p.clients || value == "" {
		return value
	}
	return p.of(attrClient, value)
}

func (p *pseudonyms) of(kind, value string) string {
	return hex.EncodeToString(mac(p.secret, kind+"\x00"+value)[:16])
}

// apply replaces the values an item carries, whoever wrote them.
func (p *pseudonyms) apply(attributes pcommon.Map) {
	if p.users {
		p.replace(attributes, attrUser)
		p.replace(attributes, "enduser.id")
	}
	if p.clients {
		p.replace(attributes, attrClient)
		p.replace(attributes, "http.client_ip")
		p.replace(attributes, "net.sock.peer.addr")
		p.replace(attributes, "net.peer.ip")
		p.replace(attributes, "network.peer.address")
	}
}

func (p *pseudonyms) replace(attributes pcommon.Map, key string) {
	value, ok := attributes.Get(key)
	if !ok {
		return
	}
	kind := attrClient
	if key == attrUser || key == "enduser.id" {
		kind = attrUser
	}
	value.SetStr(p.of(kind, value.AsString()))
}

func mac(secret, message string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(message))
	return h.Sum(nil)
}
