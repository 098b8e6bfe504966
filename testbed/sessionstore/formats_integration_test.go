//go:build integration

package sessionstore

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/session"
)

func token(cookie, id string) string {
	return fmt.Sprintf("%016x", session.TokenHash(session.DeriveKey(secret), cookie, id))
}

// Sessions as the frameworks document them, five applications on one server that notifies of nothing: users of one are
// seen in another, and what is deleted is found gone by the next full view.
func TestFormats_OneServer_IsOneView(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	ctx, db, now := t.Context(), server.Client, time.Now()
	pipe := db.Pipeline()
	putSpring(ctx, pipe, 1, now) // user1
	putSpring(ctx, pipe, 8, now) // nobody, as far as the hash tells
	// Spring's index: Spring Security's users are only listed here.
	pipe.SAdd(ctx, "spring:session:index:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME:jun",
		text(springID(8)))
	pipe.Set(ctx, "spring:session:sessions:expires:"+springID(8), "", time.Hour)
	pipe.SAdd(ctx, "spring:session:expirations:1439245080000", "expires:"+springID(8))
	pipe.HSet(ctx, "redisson:tomcat_session:A3C0", "session:creationTime", long(now.UnixMilli()),
		"session:thisAccessedTime", long(now.UnixMilli()), "session:maxInactiveInterval", integer(1800),
		"session:isValid", "true", "session:principal", "\x00SECRET-CANARY", "login", text("jun"))
	pipe.Set(ctx, "PHPREDIS_SESSION:ph1", `user_id|i:42;login|s:5:"user1";card|s:13:"SECRET-CANARY";`, time.Hour)
	pipe.HSet(ctx, "app:1", "who", "mina", "ends", now.Add(time.Hour).Unix())
	pipe.Set(ctx, "api:1", `{"sub":"mina","exp":`+fmt.Sprint(now.Add(time.Hour).Unix())+`}`, 0)
	pipe.Set(ctx, "PHPREDIS_SESSION:broken", "<?php", time.Hour)
	pipe.Set(ctx, "app:wrong", "no hash", 0)
	_, err := pipe.Exec(ctx)
	require.NoError(t, err)

	store := func(format string, more map[string]any) map[string]any {
		config := map[string]any{
			"format": format, "redis": map[string]any{"addresses": []string{server.Address}}, "poll": "1s",
		}
		maps.Copy(config, more)
		return config
	}
	w := startWatch(t, map[string]any{
		"spring": store("spring", nil),
		"tomcat": store("redisson", map[string]any{"fields": map[string]any{"user": "login"}}),
		"php":    store("php", map[string]any{"fields": map[string]any{"user": "login"}}),
		"app": store("hash", map[string]any{
			"prefix": "app:", "cookie": map[string]any{"name": "app"}, "fields": map[string]any{"user": "who", "expires": "ends"},
		}),
		"api": store("json", map[string]any{
			"prefix": "api:", "cookie": map[string]any{"name": "api"}, "fields": map[string]any{"user": "sub", "expires": "exp"},
		}),
	})
	users := map[string]string{
		SpringToken(secret, springID(1)): "user1", SpringToken(secret, springID(8)): "jun", token("JSESSIONID", "A3C0"): "jun",
		token("PHPSESSID", "ph1"): "user1", token("app", "1"): "mina", token("api", "1"): "mina",
	}
	for id, user := range users {
		eventually(t, user, func() bool { return w.Session(id).User == user })
	}
	assert.Equal(t, len(users), w.Known(), "nothing else is a session")
	eventually(t, "each of them is logged in on two servers", func() bool { return len(w.Duplicates()) == 3 })
	for _, duplicate := range w.Duplicates() {
		assert.NotEqual(t, duplicate["braid.session_store.name"], duplicate["braid.session.other_store"])
	}

	require.NoError(t, db.Del(ctx, "redisson:tomcat_session:A3C0").Err())
	eventually(t, "a log-out", func() bool { return w.Session(token("JSESSIONID", "A3C0")).Reason == "logout" })
	require.NoError(t, db.HSet(ctx, "app:1", "ends", time.Now().Add(-time.Minute).Unix()).Err())
	eventually(t, "the end of a session", func() bool { return w.Session(token("app", "1")).Reason == "idle" })
	assert.Equal(t, len(users)-2, w.Open())
	assert.False(t, w.Contains("SECRET-CANARY"))
}
