//go:build integration

package sessionstore

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/needs"
	"github.com/braidotel/braid/testbed/collector"
)

// startPHP serves session.php with PHP's own web server and what php.ini would say of sessions, and returns where.
func startPHP(t *testing.T, settings ...string) string {
	t.Helper()
	if modules, err := exec.CommandContext(t.Context(), "php", "-m").Output(); err != nil || !strings.Contains(string(modules), "redis") {
		needs.Missing(t, "there is no PHP with its extension for Redis: apt-get install php-cli php-redis")
	}
	addresses, err := collector.FreeAddresses(1)
	require.NoError(t, err)
	args := []string{"-S", addresses[0]}
	for _, setting := range settings {
		args = append(args, "-d", setting)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "php", append(args, "session.php")...)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // how it ended does not matter
	})
	eventually(t, "PHP answers", func() bool {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addresses[0])
		return err == nil && conn.Close() == nil
	})
	return addresses[0]
}

// PHP writes the sessions itself, in each of its forms.
func TestPHP_OwnSessions_AreFollowed(t *testing.T) {
	t.Parallel()
	server := startServer(t, "--notify-keyspace-events", "KA")
	forms := []string{"php", "php_serialize", "php_binary"}
	stores, sites := map[string]any{}, map[string]string{}
	for _, form := range forms {
		prefix := "site-" + form + ":"
		sites[form] = startPHP(t, "session.save_handler=redis", `session.save_path="tcp://`+server.Address+"?prefix="+prefix+`"`,
			"session.serialize_handler="+form)
		stores[form] = map[string]any{
			"format": "php", "prefix": prefix, "fields": map[string]any{"user": "auth.login"},
			"redis": map[string]any{"addresses": []string{server.Address}},
		}
	}
	w := startWatch(t, stores)
	for _, form := range forms {
		id := func(b *browser) string { return token("PHPSESSID", b.cookie("PHPSESSID")) }
		one, two := newBrowser(t, sites[form]), newBrowser(t, sites[form])
		one.visit("/visit")
		before := id(one)
		eventually(t, form+": a visit", func() bool { return w.Session(before).Started == 1 })
		one.visit("/login/mina-" + form) // under another id, so that nobody who knew the first one is logged in with it
		eventually(t, form+": a log-in", func() bool { return w.Session(id(one)).User == "mina-"+form })
		eventually(t, form+": the id before has ended", func() bool { return w.Session(before).Ended == 1 })
		two.visit("/login/mina-" + form)
		eventually(t, form+": a duplicate log-in", func() bool { return w.Session(id(two)).User != "" && duplicates(w, id(two)) == 1 })

		gone := id(one)
		one.visit("/logout")
		eventually(t, form+": a log-out", func() bool { return w.Session(gone).Reason == "logout" })
		require.NoError(t, server.Client.PExpire(t.Context(), "site-"+form+":"+two.cookie("PHPSESSID"), time.Millisecond).Err())
		eventually(t, form+": the end by lying unused", func() bool { return w.Session(id(two)).Reason == "idle" })
		assert.False(t, w.Contains(two.cookie("PHPSESSID")), form)
	}
	assert.Zero(t, w.Open())
	assert.False(t, w.Contains("SECRET-CANARY"))
}

// duplicates counts the log-ins that were told of as a user's second one, of this session.
func duplicates(w *Watch, id string) (n int) {
	for _, d := range w.Duplicates() {
		if d["session.id"] == id || d["braid.session.other_id"] == id {
			n++
		}
	}
	return n
}
