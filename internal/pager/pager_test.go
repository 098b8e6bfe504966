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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/notify/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const secret = "a secret of the organisation"

// receiver is a webhook that checks signatures and remembers messages.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	messages []webhook.Message
	bad      int
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		assert.NoError(t, err)
		var m webhook.Message
		assert.NoError(t, json.Unmarshal(body, &m))
		r.mu.Lock()
		defer r.mu.Unlock()
		signature := req.Header.Get(SignatureHeader)
		var seconds int64
		if _, err := fmt.Sscanf(signature, "t=%d,", &seconds); err != nil || Sign([]byte(secret), time.Unix(seconds, 0), body) != signature {
			r.bad++
		}
		r.messages = append(r.messages, m)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) seen() []webhook.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]webhook.Message(nil), r.messages...)
}

func (r *receiver) config(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	require.NoError(t, os.WriteFile(file, []byte(`
route: {receiver: team, group_by: [braid_incident], group_wait: 3s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: team
    webhook_configs: [{url: "`+r.URL+`"}]
`), 0o600))
	return file
}

func begin(t *testing.T, file string) *Pager {
	t.Helper()
	p, err := Start(Settings{File: file, Secret: []byte(secret), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	return p
}

func notice(n int, resolved bool) Notice {
	return Notice{
		Labels:      map[string]string{"alertname": "BraidIncident", "braid_incident": "i-1", "alert": fmt.Sprint(n)},
		Annotations: map[string]string{"summary": "payment"}, Resolved: resolved, Lapse: time.Hour,
	}
}

func TestPager_IncidentOfAThousandAlerts_IsOneMessageThenUpdatedThenResolved(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	p := begin(t, r.config(t))
	for n := range 1000 {
		require.NoError(t, p.Put(t.Context(), notice(n, false), time.Now()))
	}
	eventually := func(what string, holds func([]webhook.Message) bool) []webhook.Message {
		t.Helper()
		require.Eventually(t, func() bool { return holds(r.seen()) }, 60*time.Second, 20*time.Millisecond, what)
		return r.seen()
	}
	first := eventually("one message", func(m []webhook.Message) bool { return len(m) == 1 })
	assert.Equal(t, 1000, len(first[0].Alerts)) //nolint:testifylint // printing them helps nobody

	require.NoError(t, p.Put(t.Context(), notice(0, false), time.Now())) // no news
	require.NoError(t, p.Put(t.Context(), notice(1000, false), time.Now()))
	second := eventually("an update", func(m []webhook.Message) bool { return len(m) == 2 })
	assert.Equal(t, first[0].GroupKey, second[1].GroupKey, "in the thread of the first")

	for n := range 1001 {
		require.NoError(t, p.Put(t.Context(), notice(n, true), time.Now()))
	}
	last := eventually("resolved", func(m []webhook.Message) bool { return len(m) > 2 && m[len(m)-1].Status == "resolved" })
	assert.Equal(t, first[0].GroupKey, last[len(last)-1].GroupKey)
	assert.Zero(t, r.bad, "every webhook is signed")
}

func TestStart_BadFile_NamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for text, want := range map[string]string{
		"route: {receiver: nobody}": "nobody",
		"route: {receiver: a}\nreceivers: [{name: a, telegram_configs: [{bot_token: x, chat_id: 1}]}]": "only webhook_configs",
	} {
		file := filepath.Join(dir, "a.yml")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := Start(Settings{File: file, Logger: slog.New(slog.DiscardHandler)})
		assert.ErrorContains(t, err, want)
	}
	_, err := Start(Settings{File: filepath.Join(dir, "none.yml"), Logger: slog.New(slog.DiscardHandler)})
	assert.ErrorContains(t, err, "none.yml")
	assert.True(t, strings.HasPrefix(Sign([]byte("k"), time.Unix(5, 0), []byte("b")), "t=5,v1="))
}
