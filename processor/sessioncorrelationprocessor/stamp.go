package sessioncorrelationprocessor

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/identity"
	"github.com/braidotel/braid/internal/session"
)

// trait is a set of what an item has: of the attributes that stamping writes, and of those that need more than reading.
type trait uint8

const (
	ownSession trait = 1 << iota
	ownSource
	ownUser
	ownClient
	isSecret   // dropped after reading
	hasRenamed // may bear an older name
	fromStore  // told by a session store: about nobody in traffic
)

var ownTraits = map[string]trait{
	attrSession: ownSession, attrSource: ownSource, attrUser: ownUser, attrClient: ownClient,
}

// ownOf reads off an item which attributes it has of those that stamping writes.
func ownOf(attributes pcommon.Map) (have trait) {
	for key := range attributes.All() {
		have |= ownTraits[key]
	}
	return have
}

// stamp writes what is known about who is behind an item. What the item says itself stays as it is, but for pseudonyms.
func (c *core) stamp(attributes pcommon.Map, have trait, id *session.Identity) {
	c.identify(attributes, have, id)
	c.pseudonyms.apply(attributes)
}

func (c *core) identify(attributes pcommon.Map, have trait, id *session.Identity) {
	if have&ownSession != 0 && id.Session != "" && namesOther(attributes, id.Session) {
		return // it names another session itself: what this one is known by is not its
	}
	put := puts{attributes: attributes}
	put.absent(have&ownSession, attrSession, id.Session)
	if id.Session != "" && c.cfg.Stamp.Source {
		put.absent(have&ownSource, attrSource, id.Source.String())
	}
	put.absent(have&ownUser, attrUser, id.User)
	if c.cfg.Stamp.Client {
		put.absent(have&ownClient, attrClient, id.Client)
	}
	put.write()
}

func namesOther(attributes pcommon.Map, session string) bool {
	value, ok := attributes.Get(attrSession)
	return ok && value.AsString() != session
}

// puts collects what is to be written, to make room for all of it at once.
type puts struct {
	attributes   pcommon.Map
	keys, values [4]string
	n            int
}

func (p *puts) absent(have trait, key, value string) {
	if have == 0 && value != "" {
		p.keys[p.n], p.values[p.n] = key, value
		p.n++
	}
}

func (p *puts) write() {
	if p.n == 0 {
		return
	}
	p.attributes.EnsureCapacity(p.attributes.Len() + p.n)
	for i := range p.n {
		p.attributes.PutStr(p.keys[i], p.values[i])
	}
}

// pseudonyms replaces personal values by keyed hashes: HMAC-SHA-256 over the kind and the value, cut to 128 bits, in hex.
type pseudonyms struct {
	secret         string
	users, clients bool
	kinds          map[string]string // by attribute that bears a personal value: attrUser or attrClient
}

// newPseudonyms replaces what the configuration names wherever it is: under every name of the semantic conventions, and
// under those that the rules read.
func newPseudonyms(cfg *Config, rules identity.Rules) *pseudonyms {
	p := &pseudonyms{
		secret:  string(cfg.Secret),
		users:   slices.Contains(cfg.Pseudonymize, attrUser),
		clients: slices.Contains(cfg.Pseudonymize, attrClient),
		kinds:   make(map[string]string),
	}
	conventions, _ := identity.Presets("semconv")
	if p.clients {
		p.add(attrClient, conventions.Client, rules.Client)
	}
	if p.users {
		p.add(attrUser, conventions.User, rules.User)
	}
	return p
}

func (p *pseudonyms) add(kind string, lists ...[]identity.Rule) {
	for _, rule := range slices.Concat(lists...) {
		if rule.Attribute != "" {
			p.kinds[rule.Attribute] = kind
		}
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
	if len(p.kinds) == 0 {
		return
	}
	for key, value := range attributes.All() {
		if kind, ok := p.kinds[key]; ok {
			value.SetStr(p.of(kind, cmp.Or(toValue(value).First(), value.AsString())))
		}
	}
}

func mac(secret, message string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(message))
	return h.Sum(nil)
}
