package pager

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inbox is a server that remembers requests; it answers as Slack's chat.postMessage does.
type inbox struct {
	*httptest.Server
	mu      sync.Mutex
	to      []string // paths
	bodies  []string
	replies []string // instead of the usual one, in order
}

func newInbox(t *testing.T, replies ...string) *inbox {
	t.Helper()
	b := &inbox{replies: replies}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.to, b.bodies = append(b.to, r.URL.Path), append(b.bodies, string(raw))
		w.Header().Set("Content-Type", "application/json")
		if len(b.replies) > 0 {
			fmt.Fprint(w, b.replies[0])
			b.replies = b.replies[1:]
			return
		}
		fmt.Fprintf(w, `{"ok":true,"channel":"C1","ts":"%d.5"}`, len(b.bodies))
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *inbox) count(path string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, to := range b.to {
		if to == path {
			n++
		}
	}
	return n
}

func (b *inbox) messages(t *testing.T) []slackMessage {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []slackMessage
	for _, raw := range b.bodies {
		var m slackMessage
		require.NoError(t, json.Unmarshal([]byte(raw), &m))
		out = append(out, m)
	}
	return out
}

func (b *inbox) got(path, text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.to {
		if b.to[i] == path && strings.Contains(b.bodies[i], text) {
			return true
		}
	}
	return false
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 60*time.Second, 10*time.Millisecond, what)
}

func of(incident string, resolved bool) Notice {
	return Notice{Labels: map[string]string{"alertname": "BraidIncident", "braid_id": incident, "service": "payment"}, Annotations: map[string]string{"summary": "about " + incident}, Resolved: resolved, Lapse: time.Hour}
}

func slackFile(t *testing.T, url string) string {
	t.Helper()
	return write(t, `
route: {receiver: team, group_by: [braid_id], group_wait: 100ms, group_interval: 300ms, repeat_interval: 1h}
receivers:
  - name: team
    slack_configs:
      - {app_token: xoxb-1, app_url: "`+url+`/api/chat.postMessage", channel: '#ops', send_resolved: true, text: '{{ range .Alerts }}{{ .Annotations.summary }} {{ end }}'}
`)
}

func TestSlack_ThousandAlerts_AreOneMessageWhoseUpdatesAnswerInItsThread(t *testing.T) {
	t.Parallel()
	b := newInbox(t)
	p := begin(t, slackFile(t, b.URL))
	one := func(n int, resolved bool) Notice {
		x := of("i-1", resolved)
		x.Labels["alert"] = fmt.Sprint(n)
		return x
	}
	for n := range 1000 {
		require.NoError(t, p.Put(t.Context(), one(n, false), time.Now()))
	}
	soon(t, "a message", func() bool { return len(b.messages(t)) > 0 })
	first := b.messages(t)[0]
	assert.Equal(t, "#ops", first.Channel)
	assert.Empty(t, first.Thread)
	before := len(b.messages(t)) // a slow machine may need a second look for the last of a thousand
	require.NoError(t, p.Put(t.Context(), one(1000, false), time.Now()))
	soon(t, "an update", func() bool { return len(b.messages(t)) > before })
	for n := range 1001 {
		require.NoError(t, p.Put(t.Context(), one(n, true), time.Now()))
	}
	soon(t, "resolved", func() bool {
		return slices.ContainsFunc(b.messages(t), func(m slackMessage) bool { return m.Broadcast })
	})
	all := b.messages(t)
	for _, m := range all[1:] {
		assert.Equal(t, "1.5", m.Thread, "every further message answers to the first")
		assert.Equal(t, "C1", m.Channel)
	}
	assert.True(t, all[len(all)-1].Broadcast, "the end is shown in the channel too")

	require.NoError(t, p.Put(t.Context(), of("i-2", false), time.Now()))
	soon(t, "another incident", func() bool { return len(b.messages(t)) > len(all) })
	assert.Empty(t, b.messages(t)[len(all)].Thread, "has a thread of its own")
}

func TestSlack_ThreadThatWasDeleted_BeginsAnew(t *testing.T) {
	t.Parallel()
	b := newInbox(t, `{"ok":true,"channel":"C1","ts":"1.5"}`, `{"ok":false,"error":"thread_not_found"}`)
	p := begin(t, slackFile(t, b.URL))
	require.NoError(t, p.Put(t.Context(), of("i-1", false), time.Now()))
	soon(t, "a message", func() bool { return len(b.messages(t)) == 1 })
	again := of("i-1", false)
	again.Labels["alert"] = "2"
	require.NoError(t, p.Put(t.Context(), again, time.Now()))
	soon(t, "a refused answer and a new message", func() bool { return len(b.messages(t)) == 3 })
	all := b.messages(t)
	assert.Equal(t, []string{"", "1.5", ""}, []string{all[0].Thread, all[1].Thread, all[2].Thread})
}

const ladder = `
route:
  receiver: team
  group_by: [braid_id]
  group_wait: 100ms
  group_interval: 300ms
  repeat_interval: 1h
  routes:
    - {receiver: manager, group_wait: 1500ms, continue: true}
    - {receiver: night, mute_time_intervals: [always], continue: true}
    - {receiver: team}
time_intervals:
  - {name: always, time_intervals: [{times: [{start_time: "00:00", end_time: "24:00"}]}]}
receivers:
  - {name: team, webhook_configs: [{url: "URL/team"}]}
  - {name: manager, webhook_configs: [{url: "URL/manager"}]}
  - {name: night, webhook_configs: [{url: "URL/night"}]}
`

// TestRoutes_Escalation_ReachesTheNextOnlyWhatLasts holds what the documentation says of escalation and of muted times.
func TestRoutes_Escalation_ReachesTheNextOnlyWhatLasts(t *testing.T) {
	t.Parallel()
	b := newInbox(t)
	p := begin(t, write(t, strings.ReplaceAll(ladder, "URL", b.URL)))
	require.NoError(t, p.Put(t.Context(), of("brief", false), time.Now()))
	require.NoError(t, p.Put(t.Context(), of("brief", true), time.Now()))
	require.NoError(t, p.Put(t.Context(), of("lasting", false), time.Now()))
	soon(t, "the team hears of it at once", func() bool { return b.got("/team", "about lasting") })
	soon(t, "the manager hears of what lasts", func() bool { return b.got("/manager", "about lasting") })
	assert.False(t, b.got("/manager", "about brief"), "what was over in time is not escalated")
	assert.Zero(t, b.count("/night"), "a muted time")
}

func TestSilence_MatchingAlerts_AreNotSentUntilItEnds(t *testing.T) {
	t.Parallel()
	b := newInbox(t)
	memory := newStore()
	start := func() *Pager {
		p, err := Start(Settings{File: write(t, strings.ReplaceAll(ladder, "URL", b.URL)), Store: memory, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		return p
	}
	p := start()
	now := time.Now()
	_, err := p.Silence(t.Context(), Silence{Matchers: []Matcher{{Name: "service", Value: "payment"}}, EndsAt: now.Add(-time.Hour), CreatedBy: "kim", Comment: "x"}, now)
	require.ErrorContains(t, err, "endsAt")
	id, err := p.Silence(t.Context(), Silence{Matchers: []Matcher{{Name: "service", Value: "payment"}}, EndsAt: now.Add(time.Hour), CreatedBy: "kim", Comment: "maintenance"}, now)
	require.NoError(t, err)
	other := of("other", false)
	other.Labels["service"] = "search"
	require.NoError(t, p.Put(t.Context(), of("quiet", false), time.Now()))
	require.NoError(t, p.Put(t.Context(), other, time.Now()))
	soon(t, "another service is heard of", func() bool { return b.got("/team", "about other") })
	soon(t, "and escalated", func() bool { return b.got("/manager", "about other") })
	assert.False(t, b.got("/team", "about quiet"))

	p.Stop()
	p = start()
	defer func() { p.Stop() }()
	list, err := p.Silences(t.Context(), time.Now())
	require.NoError(t, err)
	require.Len(t, list, 1, "a silence outlives a restart")
	assert.Equal(t, []string{id, "active", "kim", "payment"}, []string{list[0].ID, list[0].Status.State, list[0].CreatedBy, list[0].Matchers[0].Value})
	sent := b.count("/team")
	require.NoError(t, p.Put(t.Context(), other, time.Now()))
	require.NoError(t, p.Put(t.Context(), of("quiet", false), time.Now()))
	require.NoError(t, p.Unsilence(t.Context(), id))
	soon(t, "after the silence", func() bool { return b.got("/team", "about quiet") })
	assert.Equal(t, sent+1, b.count("/team"), "what was sent before the restart is not sent again")
	assert.ErrorIs(t, p.Unsilence(t.Context(), "none"), ErrNoSilence)
}

func TestReceivers_Send_ReachesOneReceiverAndNoOther(t *testing.T) {
	t.Parallel()
	b := newInbox(t)
	r, err := Open(Settings{File: write(t, strings.ReplaceAll(ladder, "URL", b.URL)), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	assert.Equal(t, []string{"manager", "night", "team"}, r.Names())
	require.NoError(t, r.Send(t.Context(), "manager", Notice{Labels: map[string]string{"alertname": "BraidReport"}, Annotations: map[string]string{"title": "Weekly"}, Lapse: time.Hour}, time.Now()))
	assert.True(t, b.got("/manager", "Weekly"))
	assert.Equal(t, 1, b.count("/manager"))
	assert.ErrorContains(t, r.Send(t.Context(), "nobody", of("x", false), time.Now()), "nobody")
	b.Close()
	assert.Error(t, r.Send(t.Context(), "manager", of("x", false), time.Now()))
}
