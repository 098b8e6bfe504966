//go:build integration

package sessionstore

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/session"
	"github.com/braidotel/braid/testbed/node"
)

// browser has cookies of its own.
type browser struct {
	t      *testing.T
	client *http.Client
	server string
}

func newBrowser(t *testing.T, server string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	return &browser{t: t, client: client, server: server}
}

func (b *browser) visit(path string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, "http://"+b.server+path, http.NoBody)
	require.NoError(b.t, err)
	response, err := b.client.Do(request)
	require.NoError(b.t, err)
	require.NoError(b.t, response.Body.Close())
	require.Equal(b.t, http.StatusOK, response.StatusCode)
}

// cookie is what the browser shows of itself.
func (b *browser) cookie(name string) string {
	for _, cookie := range b.client.Jar.Cookies(&url.URL{Scheme: "http", Host: b.server}) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// sid is the session's id as express-session has it in the cookie: s:<id>.<signature>.
func (b *browser) sid() string {
	value, err := url.QueryUnescape(b.cookie("connect.sid"))
	require.NoError(b.t, err)
	sid, _, _ := strings.Cut(strings.TrimPrefix(value, "s:"), ".")
	return sid
}

// id is the session.id of the browser's session.
func (b *browser) id() string {
	return fmt.Sprintf("%016x", session.TokenHash(session.DeriveKey(secret), "connect.sid", b.sid()))
}

// startExpress starts express.mjs and returns where it listens.
func startExpress(t *testing.T, redis string) string {
	t.Helper()
	node.Install(t, ".")
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "node", "express.mjs")
	cmd.Env = append(os.Environ(), "REDIS_URL=redis://"+redis)
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // how it ended does not matter
		kill.Stop()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

func TestConnectRedis_ExpressSessions_AreFollowed(t *testing.T) {
	t.Parallel()
	followExpress(t, startServer(t, "--notify-keyspace-events", "KA"))
}

// followExpress lets people visit a server whose sessions are kept there.
func followExpress(t *testing.T, server *Server) {
	t.Helper()
	shop := startExpress(t, server.Address)
	early := newBrowser(t, shop)
	early.visit("/login/jun")

	w := startWatch(t, map[string]any{"shop": map[string]any{
		"format": "connect_redis", "redis": map[string]any{"addresses": []string{server.Address}},
		"fields": map[string]any{"user": "account.name", "expires": "cookie.expires"},
	}})
	eventually(t, "the session that was there", func() bool { return w.Session(early.id()).User == "jun" })

	one, two := newBrowser(t, shop), newBrowser(t, shop)
	one.visit("/visit")
	eventually(t, "a visit", func() bool { return w.Session(one.id()).Started == 1 })
	one.visit("/login/mina")
	eventually(t, "a log-in", func() bool { return w.Session(one.id()).User == "mina" })
	two.visit("/login/mina")
	eventually(t, "a duplicate log-in", func() bool { return len(w.Duplicates()) == 1 })
	assert.ElementsMatch(t, []any{one.id(), two.id()},
		[]any{w.Duplicates()[0]["session.id"], w.Duplicates()[0]["braid.session.other_id"]})

	gone := one.id()
	one.visit("/logout")
	eventually(t, "a log-out", func() bool { return w.Session(gone).Reason == "logout" })
	require.NoError(t, server.Client.PExpire(t.Context(), "sess:"+two.sid(), time.Millisecond).Err())
	eventually(t, "the end by lying unused", func() bool { return w.Session(two.id()).Reason == "idle" })
	eventually(t, "the count", func() bool {
		return w.Points()["braid.session_store.activemap[braid.session_store.name:shop db.system.name:redis]"] == 1
	})
	assert.Equal(t, 1, w.Open())
	for _, text := range []string{"SECRET-CANARY", early.sid(), two.sid()} {
		assert.False(t, w.Contains(text), text)
	}
}
