//go:build integration

package sessionstore

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// allow makes the account that the README describes.
func allow(t *testing.T, server *Server, more ...any) {
	t.Helper()
	require.NoError(t, server.Client.Do(t.Context(), append([]any{
		"ACL", "SETUSER", "braid", "on", ">hunter2", "%R~*", "&__keyspace@0__:spring:session:*", "nocommands",
		"+scan", "+hmget", "+getrange", "+pttl", "+srandmember", "+info", "+ping", "+psubscribe", "+config|get",
	}, more...)...).Err())
}

// An account that may do no more than the README says is enough; without it nothing is read, and once it is there, all is.
func TestAccount_LeastRights_AreEnough(t *testing.T) {
	t.Parallel()
	server := startServer(t, "--notify-keyspace-events", "KA")
	ctx := t.Context()
	pipe := server.Client.Pipeline()
	putSpring(ctx, pipe, 1, time.Now())
	pipe.SAdd(ctx, "spring:session:index:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME:jun",
		text(springID(2)))
	pipe.Set(ctx, "sess:one", `{"login":"mina"}`, time.Hour)
	_, err := pipe.Exec(ctx)
	require.NoError(t, err)
	redis := map[string]any{"addresses": []string{server.Address}, "username": "braid", "password": "hunter2"}
	w := startWatch(t, map[string]any{
		"spring": map[string]any{"format": "spring", "redis": redis},
		"api":    map[string]any{"format": "connect_redis", "redis": redis, "fields": map[string]any{"user": "login"}},
	})
	require.Never(t, func() bool { return w.Known() > 0 }, time.Second, 10*pollEvery, "there is no such account")

	allow(t, server, "&__keyspace@0__:sess:*")
	eventually(t, "both stores", func() bool { return w.Known() == 2 })
	pipe = server.Client.Pipeline()
	putSpring(ctx, pipe, 2, time.Now())
	_, err = pipe.Exec(ctx)
	require.NoError(t, err)
	eventually(t, "what changes", func() bool { return w.Known() == 3 })
	eventually(t, "the server's memory", func() bool {
		for name, value := range w.Points() {
			if value > 0 && strings.HasPrefix(name, "braid.session_store.memory.usage") {
				return true
			}
		}
		return false
	})
}
