package pii

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// MinKey is the least length of a key, in bytes.
const MinKey = 16

// Options say what a Masker does beyond the classes it always masks.
type Options struct {
	// Keep are classes that are left as they are, such as BusinessNumber where firms are meant to be seen.
	Keep []Class
	// Attributes adds to DefaultAttributes, or changes them: the class that the value of an attribute is of as a whole.
	Attributes map[string]Class
}

// DefaultAttributes are the attributes whose whole value is personal data, by their full name or its last part, in lower case. An empty class
// says that a name's last part does not count.
var DefaultAttributes = map[string]Class{
	"user.name": Name, "user.full_name": Name, "user.email": Email, "user.id": Name, "enduser.id": Name, "customer.name": Name, "full_name": Name,
	"fullname": Name, "first_name": Name, "last_name": Name, "realname": Name, "이름": Name, "성명": Name, "고객명": Name, "수령인": Name, "예금주": Name,
	"address": Address, "street": Address, "street_address": Address, "postal_address": Address, "shipping_address": Address, "주소": Address, "배송지": Address,
	"client.address": IPAddress, "net.peer.ip": IPAddress, "http.client_ip": IPAddress, "source.address": IPAddress, "session.id": Token,
	"session.previous_id": Token, "password": Token, "authorization": Token, "http.request.header.authorization": Token,
	"http.request.header.cookie": Token, "http.response.header.set-cookie": Token, "http.response.header.set_cookie": Token,
	"http.request.header.proxy-authorization": Token, "http.request.header.proxy_authorization": Token,
	"http.request.header.x-api-key": Token, "http.request.header.x_api_key": Token,
	"http.request.header.x-auth-token": Token, "http.request.header.x_auth_token": Token,
	"server.address": "", "network.local.address": "", "url.address": "",
}

// Masker puts pseudonyms in the place of personal data. The same value gets the same pseudonym under the same key, however
// it was written, so that a reader can tell whether two are one. It is safe for concurrent use.
type Masker struct {
	key        []byte
	keyID      string
	keep       []Class
	attributes map[string]Class
}

// New returns a Masker whose pseudonyms are keyed: without the key nobody can find the value by trying all, which for an
// IP address or a registration number is quickly done.
func New(key []byte, o Options) (*Masker, error) {
	if len(key) < MinKey {
		return nil, fmt.Errorf("key for pseudonyms: %d bytes, at least %d are needed", len(key), MinKey)
	}
	for _, c := range o.Keep {
		if rank(c) < 0 {
			return nil, fmt.Errorf("classes to keep: there is no class %q; the classes are %v", c, Classes)
		}
	}
	m := &Masker{key: slices.Clone(key), keep: o.Keep, attributes: map[string]Class{}}
	for _, set := range []map[string]Class{DefaultAttributes, o.Attributes} {
		for name, class := range set {
			if class != "" && rank(class) < 0 {
				return nil, fmt.Errorf("attribute %s: there is no class %q; the classes are %v", name, class, Classes)
			}
			m.attributes[strings.ToLower(name)] = class
		}
	}
	m.keyID = letters(m.sum("key", ""), 2)
	return m, nil
}

// Masked is one value that was replaced.
type Masked struct {
	Class     Class  `json:"class"`
	Pseudonym string `json:"pseudonym"`
}

// Text masks what is found in a text. What is beyond MaxText is cut off.
func (m *Masker) Text(text string) (string, []Masked) {
	if len(text) > MaxText {
		text = strings.ToValidUTF8(text[:MaxText], "")
	}
	var (
		b    strings.Builder
		done []Masked
		at   int
	)
	for _, f := range Find(text) {
		if slices.Contains(m.keep, f.Class) {
			continue
		}
		as := m.Pseudonym(f.Class, f.Value)
		b.WriteString(text[at:f.Start])
		b.WriteString(as)
		done = append(done, Masked{f.Class, as})
		at = f.End
	}
	if at == 0 {
		return text, nil
	}
	return b.String() + text[at:], done
}

// Attribute masks the value of an attribute: all of it if the attribute holds personal data by its name, else what is found.
func (m *Masker) Attribute(name, value string) (string, []Masked) {
	class, whole := m.ClassOf(name)
	if !whole || value == "" || slices.Contains(m.keep, class) {
		return m.Text(value)
	}
	if ours.MatchString(value) {
		return value, nil
	}
	as := m.Pseudonym(class, value)
	return as, []Masked{{class, as}}
}

// ClassOf is the class that an attribute's whole value is of.
func (m *Masker) ClassOf(name string) (Class, bool) {
	name = strings.ToLower(norm.NFC.String(name))
	if class, ok := m.attributes[name]; ok {
		return class, class != ""
	}
	class, ok := m.attributes[name[strings.LastIndexByte(name, '.')+1:]]
	return class, ok && class != ""
}

// ours is the shape of a pseudonym.
var ours = regexp.MustCompile(`^pii_[a-z]+_[a-p]{4}_[a-p]{32}$`)

// Pseudonym is what stands for a value of a class: 128 bits of a keyed hash in letters, since digits could be mistaken for a
// number again, after the class and an id of the key.
func (m *Masker) Pseudonym(class Class, value string) string {
	return "pii_" + string(class) + "_" + m.keyID + "_" + letters(m.sum(string(class), strings.ToLower(norm.NFKC.String(value))), 16)
}

func (m *Masker) sum(class, value string) []byte {
	h := hmac.New(sha256.New, m.key)
	h.Write([]byte(class))
	h.Write([]byte{0})
	h.Write([]byte(value))
	return h.Sum(nil)
}

// letters writes the first n bytes with a letter for each four bits.
func letters(sum []byte, n int) string {
	out := make([]byte, 0, 2*n)
	for _, b := range sum[:n] {
		out = append(out, 'a'+b>>4, 'a'+b&15)
	}
	return string(out)
}
