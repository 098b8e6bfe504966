package jsonfields

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/scalar"
)

const express = `{"cookie":{"originalMaxAge":60000,"expires":"2026-11-22T06:01:00.000Z","httpOnly":true,"path":"/"},` +
	`"passport":{"user":42},"roles":["admin",{"name":"editor"}],"cart":{"secret":"4111111111111111"},"user":"mina","none":null}`

func TestFind_Paths_AreFound(t *testing.T) {
	got, err := Find([]byte(express), []string{"cookie.expires", "passport.user", "roles.1.name", "user", "none", "absent.x", "cart", "user"})
	require.NoError(t, err)
	assert.Equal(t, []scalar.Value{
		{Text: "2026-11-22T06:01:00.000Z"}, scalar.Of(42), {Text: "editor"}, {Text: "mina"}, {}, {}, {}, {Text: "mina"},
	}, got)
}

var malformed = []string{
	"", "{", `{"user":`, `{"user":"a"} {}`, `{"user":}`, "nul", `{user:1}`, "\xff", strings.Repeat(`{"user":`, 40) + "1" + strings.Repeat("}", 40),
}

func TestFind_Malformed_IsAnError(t *testing.T) {
	deep := []string{strings.TrimSuffix(strings.Repeat("user.", 41), ".")}
	for _, text := range malformed {
		_, err := Find([]byte(text), deep)
		assert.Error(t, err, text)
	}
}

func FuzzFind(f *testing.F) {
	f.Add(express, "cookie.expires")
	for _, text := range malformed {
		f.Add(text, "user")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		got, err := Find([]byte(text), []string{path})
		if err == nil {
			assert.Len(t, got, 1)
		}
	})
}
