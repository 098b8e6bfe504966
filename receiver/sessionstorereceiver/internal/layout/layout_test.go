package layout

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/stored"
)

var now = time.UnixMilli(1_700_000_100_000)

func build(t *testing.T, name, prefix string, fields Fields) *Layout {
	t.Helper()
	l, err := New(name, prefix, fields)
	require.NoError(t, err)
	return l
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}

func TestClassify_Keys_AreTold(t *testing.T) {
	spring := build(t, "spring", "", Fields{})
	for key, want := range map[string]struct {
		kind Kind
		name string
	}{
		"spring:session:sessions:33fdd1b6":            {Session, "33fdd1b6"},
		"spring:session:sessions:expires:33fdd1b6":    {Ending, "33fdd1b6"},
		"spring:session:expirations:1439245080000":    {Other, ""},
		"spring:session:index:" + principal + ":mina": {User, "mina"},
		"spring:session:sessions:":                    {Other, ""},
		"sess:33fdd1b6":                               {Other, ""},
	} {
		kind, name := spring.Classify(key)
		assert.Equal(t, want.kind, kind, key)
		assert.Equal(t, want.name, name, key)
	}
	own := build(t, "spring", "shop", Fields{})
	kind, name := own.Classify("shop:sessions:1")
	assert.Equal(t, Session, kind)
	assert.Equal(t, "1", name)
	kind, _ = build(t, "connect_redis", "", Fields{}).Classify("sess:" + string(make([]byte, maxName+1)))
	assert.Equal(t, Other, kind)
}

func TestMembers_SerializedAndPlain_AreRead(t *testing.T) {
	got := build(t, "spring", "", Fields{}).Members([]string{string(unhex(t, "aced0005740005616c696365")), `"bob"`, "carol", "\xff"})
	assert.Equal(t, []string{"alice", "bob", "carol"}, got)
}

func TestDecodeHash_Spring_TellsItsLife(t *testing.T) {
	l := build(t, "spring", "", Fields{})
	assert.False(t, l.NeedsTTL())
	require.Len(t, l.Fields(), 4)
	user, created, accessed, interval := []byte(`"mina"`), []byte("1700000000000"), []byte("1700000090000"), []byte("1800")
	s, err := l.DecodeHash("1", [][]byte{user, created, accessed, interval}, 0, now)
	require.NoError(t, err)
	assert.Equal(t, stored.Session{
		ID: "1", User: "mina", Created: time.UnixMilli(1_700_000_000_000), Accessed: time.UnixMilli(1_700_000_090_000),
		Expires: time.UnixMilli(1_700_001_890_000),
	}, s)

	for name, interval := range map[string]string{"deleted": "0", "run out": "5"} {
		s, err := l.DecodeHash("1", [][]byte{nil, created, accessed, []byte(interval)}, 0, now)
		require.NoError(t, err)
		assert.True(t, s.Over, name)
	}
	s, err = l.DecodeHash("1", [][]byte{nil, created, accessed, []byte("-1")}, 0, now)
	require.NoError(t, err)
	assert.False(t, s.Over, "never ends")
	assert.True(t, s.Expires.IsZero())

	_, err = l.DecodeHash("1", [][]byte{[]byte("\xac\xed\x00\x05sr"), created, accessed, interval}, 0, now)
	assert.ErrorContains(t, err, "PRINCIPAL_NAME_INDEX_NAME", "an object is not read")
}

func TestDecodeHash_Redisson_TellsItsLife(t *testing.T) {
	l := build(t, "redisson", "", Fields{User: "username"})
	require.Equal(t, []string{
		"username", "session:creationTime", "session:thisAccessedTime", "session:maxInactiveInterval", "session:isValid",
	}, l.Fields())
	values := [][]byte{[]byte(`"mina"`), []byte(`["java.lang.Long",1700000000000]`), []byte(`["java.lang.Long",1700000090000]`), []byte("1800"), []byte("true")}
	s, err := l.DecodeHash("A3C0", values, 0, now)
	require.NoError(t, err)
	assert.Equal(t, "mina", s.User)
	assert.Equal(t, int64(1_700_001_890_000), s.Expires.UnixMilli())
	assert.False(t, s.Over)
	values[4] = []byte("false")
	s, err = l.DecodeHash("A3C0", values, 0, now)
	require.NoError(t, err)
	assert.True(t, s.Over, "invalidated")
}

func TestDecodeText_WithoutFields_IsNotRead(t *testing.T) {
	for _, name := range []string{"connect_redis", "php"} {
		l := build(t, name, "", Fields{})
		assert.Equal(t, Bare, l.Shape(), "contents stay where they are")
		assert.True(t, l.NeedsTTL())
		s := l.DecodeBare("1", time.Minute, now)
		assert.Equal(t, stored.Session{ID: "1", Expires: now.Add(time.Minute)}, s)
		assert.True(t, l.DecodeBare("1", -1, now).Expires.IsZero(), "a key without an end")
	}
}

func TestDecodeText_Fields_AreFound(t *testing.T) {
	express := build(t, "connect_redis", "", Fields{User: "passport.user", Expires: "cookie.expires"})
	assert.False(t, express.NeedsTTL())
	s, err := express.DecodeText("1", []byte(`{"cookie":{"expires":"2023-11-14T22:20:00.000Z"},"passport":{"user":"mina"}}`), 0, now)
	require.NoError(t, err)
	assert.Equal(t, "mina", s.User)
	assert.Equal(t, int64(1_700_000_400), s.Expires.Unix())

	php := build(t, "php", "", Fields{User: "user_id"})
	s, err = php.DecodeText("1", []byte(`user_id|i:42;`), time.Minute, now)
	require.NoError(t, err)
	assert.Equal(t, stored.Session{ID: "1", User: "42", Expires: now.Add(time.Minute)}, s)
	_, err = php.DecodeText("1", []byte(`<?php`), 0, now)
	require.Error(t, err)
}

func TestNew_Unknown_NamesThem(t *testing.T) {
	_, err := New("asp", "", Fields{})
	require.EqualError(t, err, `must be of connect_redis, hash, json, php, redisson, spring, is "asp"`)
}
