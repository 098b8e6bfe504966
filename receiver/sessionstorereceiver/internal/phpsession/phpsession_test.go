package phpsession

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/scalar"
)

// What PHP writes of one session in its three forms: an array within, an object with a protected and a private property,
// a reference, a custom object, an enum, and texts with the characters that separate.
const (
	cart    = `a:2:{i:0;a:2:{s:3:"sku";s:4:"p-17";s:3:"qty";i:2;}s:4:"note";s:6:"a|b;}"";}`
	account = `O:12:"Shop\Account":3:{s:2:"id";i:42;s:7:"` + "\x00*\x00" + `name";s:4:"mina";s:15:"` + "\x00Shop\\User\x00" + `role";E:16:"Shop\Role:Editor";}`
	custom  = `C:11:"ArrayObject":21:{x:i:0;a:0:{};m:a:0:{}}`
	plain   = `user_id|i:42;user|s:9:"김민아";total|d:12.5;guest|b:0;none|N;cart|` + cart + `account|` + account + `again|R:7;store|` + custom + ``
)

func TestFind_Handlers_GiveTheSame(t *testing.T) {
	paths := []string{"user_id", "user", "total", "cart.0.sku", "account.name", "account.id", "account.role", "absent", "none", "cart"}
	want := []scalar.Value{
		scalar.Of(42), {Text: "김민아"}, {Text: "12.5", Int: 12, IsNumber: true}, {Text: "p-17"}, {Text: "mina"}, scalar.Of(42), {}, {}, {}, {},
	}
	for name, text := range map[string]string{"php": plain, "php_serialize": serialized(), "php_binary": binary()} {
		got, err := Find([]byte(text), paths)
		require.NoError(t, err, name)
		assert.Equal(t, want, got, name)
	}
	none, err := Find(nil, []string{"user"})
	require.NoError(t, err)
	assert.Equal(t, []scalar.Value{{}}, none)
}

// variables splits plain into names and values.
func variables() (names, values []string) {
	names = []string{"user_id", "user", "total", "guest", "none", "cart", "account", "again", "store"}
	rest := plain
	for i, name := range names {
		rest = strings.TrimPrefix(rest, name+"|")
		end := len(rest)
		if i+1 < len(names) {
			end = strings.Index(rest, names[i+1]+"|")
		}
		values = append(values, rest[:end])
		rest = rest[end:]
	}
	return names, values
}

func serialized() string {
	names, values := variables()
	var b strings.Builder
	b.WriteString("a:9:{")
	for i, name := range names {
		b.WriteString("s:" + string(rune('0'+len(name))) + `:"` + name + `";` + values[i])
	}
	return b.String() + "}"
}

func binary() string {
	names, values := variables()
	var b strings.Builder
	for i, name := range names {
		b.WriteString(string(rune(len(name))) + name + values[i])
	}
	return b.String()
}

var malformed = []string{
	"user", "user|", "user|s:", `user|s:5:"mina";`, `user|s:4:"mina"`, `user|s:-1:"";`, `user|s:99999999999999999999:"";`, "user|x:1;",
	"a:1:{", "a:99999999:{}", `a:1:{s:1:"a";N;`, "user|i:" + strings.Repeat("1", 40) + ";", `user|O:3:"A":0:{}`, `user|C:1:"A":9:{}`,
	"user|" + strings.Repeat("a:1:{i:0;", 40) + "N;" + strings.Repeat("}", 40), "a:0:{}x", "\x09user", "user|i:x;",
}

func TestFind_Malformed_IsAnError(t *testing.T) {
	for _, text := range malformed {
		_, err := Find([]byte(text), []string{"user"})
		assert.Error(t, err, text)
	}
}

func FuzzFind(f *testing.F) {
	for _, text := range append(malformed, plain, serialized(), binary()) {
		f.Add(text, "account.name")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		got, err := Find([]byte(text), []string{path})
		if err == nil && assert.Len(t, got, 1) {
			assert.LessOrEqual(t, len(got[0].Text), len(text))
		}
	})
}
