package assistantextension

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/periodical"
	"github.com/braidotel/braid/internal/query"
)

// desk writes down what it is asked to write.
type desk struct {
	asked []string
	err   error
	sent  []string
}

func (d *desk) ReportSent(_ context.Context, _ query.Caller, r query.Report, receiver string) (bool, error) {
	return slices.Contains(d.sent, r.ID+" "+receiver), nil
}

func (d *desk) NoteReportSent(_ context.Context, _ query.Caller, r query.Report, receiver string) error {
	d.sent = append(d.sent, r.ID+" "+receiver)
	return nil
}

func (d *desk) WriteScheduled(_ context.Context, caller query.Caller, r query.ReportRequest, schedule string, at time.Time) (query.Report, error) {
	d.asked = append(d.asked, caller.Tenant+" "+schedule+" "+r.Period+" "+r.Audience+" "+r.Language+" "+at.Format("01-02 15:04"))
	return query.Report{ID: "ops-" + schedule, Title: "The week"}, d.err
}

func (d *desk) Report(_ context.Context, _ query.Caller, id, format string) ([]byte, error) {
	return []byte(id + " as " + format), nil
}

func TestClerk_Tick_WritesEachInstantOnce(t *testing.T) {
	dir := t.TempDir()
	cfg := createDefaultConfig().(*Config)
	cfg.TimeZone = "Asia/Seoul"
	cfg.Reports = []ReportConfig{
		{Config: periodical.Config{Name: "weekly", Cron: "0 9 * * 1", Language: "ko", To: periodical.To{Directory: dir}}, Tenant: "shop"},
		{Config: periodical.Config{Name: "daily", Cron: "0 8 * * *", Period: "yesterday", Audience: "exec"}},
	}
	require.NoError(t, cfg.Validate())
	d := &desk{}
	c, err := newClerk(cfg, d, zap.NewNop())
	require.NoError(t, err)
	now := time.Date(2026, 11, 18, 14, 30, 0, 0, time.FixedZone("KST", 9*3600))

	c.tick(t.Context(), now)
	assert.Equal(t, []string{"shop weekly last_week ops ko 11-16 09:00", " daily yesterday exec en 11-18 08:00"}, d.asked, "what was missed is made up, the latest only")
	for _, format := range []string{"html", "md"} {
		body, err := os.ReadFile(filepath.Join(dir, "ops-weekly."+format))
		require.NoError(t, err)
		assert.Equal(t, "ops-weekly as "+format, string(body))
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 2, "no drafts")

	d.asked = nil
	c.tick(t.Context(), now.Add(time.Hour))
	assert.Empty(t, d.asked)
	d.err = errors.New("the disk is full")
	c.tick(t.Context(), now.Add(24*time.Hour))
	d.err = nil
	c.tick(t.Context(), now.Add(24*time.Hour))
	assert.Equal(t, []string{" daily yesterday exec en 11-19 08:00", " daily yesterday exec en 11-19 08:00"}, d.asked, "one that fails is tried again")

	d.asked, d.err = nil, query.ErrNotFound
	c.tick(t.Context(), now.Add(48*time.Hour))
	c.tick(t.Context(), now.Add(48*time.Hour))
	assert.Len(t, d.asked, 1, "there is no data of it, and will not be")
}

// TestClerk_Receivers_GetTheReportOnce delivers by mail, webhook and Slack to servers of the test; one of them is down at first.
func TestClerk_Receivers_GetTheReportOnce(t *testing.T) {
	var mu sync.Mutex
	got, down := map[string][]string{}, true
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/hook" && down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		got[r.URL.Path] = append(got[r.URL.Path], string(raw))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"ok":true,"channel":"C1","ts":"1.5"}`)
	}))
	defer hooks.Close()
	mail := newMailbox(t)
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	require.NoError(t, os.WriteFile(file, []byte(`
route: {receiver: none}
receivers:
  - name: none
  - name: board
    email_configs:
      - {to: board@example.org, from: braid@example.org, smarthost: '`+mail.address+`', require_tls: false, headers: {Subject: '{{ .CommonAnnotations.title }}'}, html: '{{ .CommonAnnotations.html | safeHtml }}', text: '{{ .CommonAnnotations.markdown }}'}
  - name: team
    slack_configs: [{app_token: xoxb, app_url: "`+hooks.URL+`/slack", channel: '#ops', title: '{{ .CommonAnnotations.title }}', text: '{{ .CommonAnnotations.markdown }}'}]
  - name: hook
    webhook_configs: [{url: "`+hooks.URL+`/hook"}]
`), 0o600))
	cfg := createDefaultConfig().(*Config)
	cfg.TimeZone, cfg.Notifications = "Asia/Seoul", NotificationsConfig{File: file, SigningSecret: "a secret of the organisation", Link: "https://braid.example.org"}
	cfg.Reports = []ReportConfig{{Config: periodical.Config{Name: "weekly", Cron: "0 9 * * 1", To: periodical.To{Receivers: []string{"board", "team", "hook"}}}}}
	require.NoError(t, cfg.Validate())
	d := &desk{}
	now := time.Date(2026, 11, 18, 14, 30, 0, 0, time.UTC)
	tick := func() {
		c, err := newClerk(cfg, d, zap.NewNop()) // as after a restart: only the history remembers
		require.NoError(t, err)
		c.tick(t.Context(), now)
	}
	tick()
	mu.Lock()
	down = false
	mu.Unlock()
	tick()
	tick()
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, got["/hook"], 1)
	assert.Contains(t, got["/hook"][0], `"markdown":"ops-weekly as md"`)
	assert.Contains(t, got["/hook"][0], "https://braid.example.org/#/reports/ops-weekly")
	require.Len(t, got["/slack"], 1)
	assert.Contains(t, got["/slack"][0], "ops-weekly as md")
	require.Len(t, mail.messages(), 1)
	assert.Contains(t, mail.messages()[0], "Subject: The week")
	assert.Contains(t, mail.messages()[0], "ops-weekly as html")

	cfg.Reports[0].To.Receivers = []string{"nobody"}
	_, err := newClerk(cfg, d, zap.NewNop())
	assert.ErrorContains(t, err, `no receiver "nobody"; it has board, hook, none, team`)
	cfg.Notifications.File = ""
	assert.ErrorContains(t, cfg.Validate(), "reports::0::to::receivers")
}

// mailbox is a mail server that keeps what it is given.
type mailbox struct {
	address string
	mu      sync.Mutex
	got     []string
}

func (m *mailbox) messages() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.got)
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	m := &mailbox{address: listener.Addr().String()}
	var running sync.WaitGroup
	t.Cleanup(func() {
		assert.NoError(t, listener.Close())
		running.Wait()
	})
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			running.Go(func() { m.take(conn) })
		}
	})
	return m
}

// take speaks as much SMTP as a client without extensions needs.
func (m *mailbox) take(conn net.Conn) {
	defer conn.Close()
	text := textproto.NewConn(conn)
	say := func(line string) { _ = text.PrintfLine("%s", line) }
	say("220 test")
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		switch word, _, _ := strings.Cut(strings.ToUpper(line), " "); word {
		case "DATA":
			say("354 go on")
			body, err := text.ReadDotLines()
			if err != nil {
				return
			}
			m.mu.Lock()
			m.got = append(m.got, strings.Join(body, "\n"))
			m.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}
