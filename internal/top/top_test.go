package top

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const page = `# HELP braid_session_active Open sessions
# TYPE braid_session_active gauge
braid_session_active{otel_scope_name="braid"} 1234
braid_session_active{service_name="shop-was",host_name="node-1",braid_region="seoul"} 700
braid_session_active{service_name="shop-was",host_name="node-2",braid_region="seoul"} 300
braid_session_active{service_name="edge-nginx",braid_region="busan"} 90
# TYPE braid_session_started_total counter
braid_session_started_total 5000
# TYPE braid_session_ended_total counter
braid_session_ended_total{braid_session_end_reason="idle"} 3000
braid_session_ended_total{braid_session_end_reason="logout"} 766
# TYPE braid_concurrent_users gauge
braid_concurrent_users{braid_identity="session",braid_window="5m"} 900
braid_concurrent_users{braid_identity="user",braid_window="5m"} 600
braid_concurrent_users{braid_identity="user",braid_window="1h"} 9999
braid_concurrent_users{braid_identity="session",braid_window="5m",service_name="shop-was",braid_region="seoul"} 800
braid_concurrent_users{braid_identity="user",braid_window="5m",service_name="shop-was",braid_region="seoul"} NaN
# TYPE braid_business_count_total counter
braid_business_count_total{braid_business_event="order",braid_business_outcome="success",braid_business_currency="KRW"} 72
# TYPE braid_business_value_total counter
braid_business_value_total{braid_business_event="order",braid_business_outcome="success",braid_business_currency="KRW"} 8064.75
# TYPE up untyped
up 1
`

func TestParse_Page_PlacesTotalsAndBusiness(t *testing.T) {
	t.Parallel()
	s, err := Parse(strings.NewReader(page))
	require.NoError(t, err)
	assert.Equal(t, []float64{1234, 5000, 3766}, []float64{s.Active, s.Started, s.Ended})
	assert.Equal(t, "5m", s.Window)
	assert.Equal(t, []string{"session", "user"}, s.Identities)
	assert.Equal(t, map[string]float64{"session": 900, "user": 600}, s.Total.Users)
	assert.Equal(t, []Row{
		{Place: Place{"seoul", "shop-was"}, Active: 1000, Users: map[string]float64{"session": 800, "user": 0}},
		{Place: Place{"busan", "edge-nginx"}, Active: 90, Users: map[string]float64{}},
	}, s.Rows)
	assert.Equal(t, []Business{{"order", "success", "KRW", 72, 8064.75}}, s.Business)
	assert.True(t, s.Counted())
}

func TestParse_EmptyOrForeign_NothingCounted(t *testing.T) {
	t.Parallel()
	s, err := Parse(strings.NewReader("# TYPE up gauge\nup 1\n"))
	require.NoError(t, err)
	assert.False(t, s.Counted())
	_, err = Parse(strings.NewReader("<html>"))
	assert.Error(t, err)
}

func FuzzParse(f *testing.F) {
	f.Add(page)
	f.Add("braid_concurrent_users{braid_window=\"x\"} +Inf\nbraid_concurrent_users 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		var out strings.Builder
		require.NoError(t, Render(&out, &View{Snapshot: s, Height: 20, Width: 80}))
	})
}

func TestRender_Page_FitsTheTerminal(t *testing.T) {
	t.Parallel()
	s, err := Parse(strings.NewReader(page))
	require.NoError(t, err)
	for i := range 50 {
		s.Rows = append(s.Rows, Row{Place: Place{fmt.Sprintf("region-%d", i), "x"}, Users: map[string]float64{"session": 1}})
	}
	var events []Event
	for i := range keptEvents {
		events = append(events, Event{Name: "session.start", Attributes: map[string]string{"user.id": fmt.Sprintf("u%d", i), "session.id": strings.Repeat("s", 90)}})
	}
	var out strings.Builder
	require.NoError(t, Render(&out, &View{Snapshot: s, Events: events, Alerts: events[:keptAlerts], Width: 100, Height: 28, Source: "here"}))
	lines := strings.Split(out.String(), "\n")
	assert.LessOrEqual(t, len(lines), 28)
	for _, line := range lines {
		assert.LessOrEqual(t, len([]rune(line)), 100)
	}
	assert.Contains(t, out.String(), "1,234 sessions open, 5,000 started, 3,766 ended, 900 sessions, 600 users in 5m")
	assert.Contains(t, out.String(), "order success: 72 worth 8,064.75 KRW")
	assert.Contains(t, out.String(), "user=u11", "the newest event stays")
}

func TestMatrix_Page_RegionsByServices(t *testing.T) {
	t.Parallel()
	s, err := Parse(strings.NewReader(page))
	require.NoError(t, err)
	s.Rows = append(s.Rows, Row{Place: Place{Region: "seoul"}, Users: map[string]float64{"session": 810}},
		Row{Place: Place{Region: "busan"}, Users: map[string]float64{"session": 77}})
	var out strings.Builder
	m := newMatrix(&s)
	require.NoError(t, m.write(&out, len(m.regions)))
	assert.Equal(t, "  sessions in 5m  all  shop-was   open\n"+
		"     all regions  900                 \n"+
		"           seoul  810       800  1,000\n"+
		"           busan   77               90\n", out.String())
}

func TestMatrix_OnlySessions_ShowsWhereTheyAreOpen(t *testing.T) {
	t.Parallel()
	s := Snapshot{Rows: []Row{{Place: Place{"seoul", "shop-was"}, Active: 3}, {Place: Place{"", "shop-browser"}, Active: 2}}}
	var out strings.Builder
	m := newMatrix(&s)
	require.NoError(t, m.write(&out, len(m.regions)))
	assert.Equal(t, "  open sessions  all  shop-was  shop-browser  open\n"+
		"    all regions                            2      \n"+
		"          seoul              3                   3\n", out.String())
}

func TestRender_HostileText_CannotReachTheTerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	v := View{Events: []Event{{Name: "session.start", Attributes: map[string]string{"user.id": "a\x1b]0;owned\x07\r\nb\u202e"}}}}
	v.Snapshot.Rows = []Row{{Place: Place{"\x1b[2J", "x\ty"}, Active: 1}}
	require.NoError(t, Render(&out, &v))
	for _, r := range out.String() {
		assert.True(t, r == '\n' || r >= ' ' && r != '\u202e', "%q", r)
	}
}

func line(names ...string) string {
	var records []string
	for _, n := range names {
		records = append(records, fmt.Sprintf(`{"timeUnixNano":"1772452800000000000","eventName":%q,"attributes":[{"key":"session.id","value":{"stringValue":"s1"}}]}`, n))
	}
	return `{"resourceLogs":[{"scopeLogs":[{"logRecords":[` + strings.Join(records, ",") + `]}]}]}` + "\n"
}

func names(events []Event) (all []string) {
	for _, e := range events {
		all = append(all, e.Name)
	}
	return all
}

func TestTail_GrowsRotatesAndBreaks_EveryEventOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.jsonl")
	tail := NewTail(path)
	poll := func() []string {
		events, err := tail.Poll()
		require.NoError(t, err)
		return names(events)
	}
	add := func(text string) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		require.NoError(t, err)
		_, err = f.WriteString(text)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	assert.Empty(t, poll(), "the file is not there yet")
	add(line("session.start", "") + line("session.end"))
	assert.Equal(t, []string{"session.start", "session.end"}, poll())
	assert.Empty(t, poll())
	half := line("braid.login.flood")
	add(half[:20])
	assert.Empty(t, poll())
	add(half[20:])
	assert.Equal(t, []string{"braid.login.flood"}, poll())
	require.NoError(t, os.Rename(path, path+".1"))
	add(line("braid.session.long"))
	assert.Equal(t, []string{"braid.session.long"}, poll(), "rotated")
	add("no json\n" + line("session.start"))
	events, err := tail.Poll()
	require.ErrorContains(t, err, "events.jsonl")
	assert.Equal(t, []string{"session.start"}, names(events))
}

func TestTail_LongFile_OnlyItsEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.jsonl")
	var b strings.Builder
	for b.Len() < 3*firstPoll {
		b.WriteString(line("old"))
	}
	b.WriteString(line("new"))
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	events, err := NewTail(path).Poll()
	require.NoError(t, err)
	assert.Equal(t, "new", events[len(events)-1].Name)
	assert.Less(t, len(events)*len(line("old")), firstPoll+len(line("old")))
}

// buffer is a writer that can be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestWatcher_NoTerminal_PlainLinesUntilStopped(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) }))
	defer server.Close()
	events := filepath.Join(t.TempDir(), "events.jsonl")
	require.NoError(t, os.WriteFile(events, []byte(line("session.start", "braid.login.flood")), 0o600))
	var out buffer
	w := Watcher{URL: server.URL, EventsFile: events, Every: 10 * time.Millisecond, Out: &out}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	require.Eventually(t, func() bool { return strings.Count(out.String(), "1,234 sessions open") > 2 }, 10*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-done)
	assert.False(t, w.Counted().IsZero())
	assert.Equal(t, 1, strings.Count(out.String(), "session.start"))
	assert.Equal(t, []string{"session.start"}, names(w.view.Events))
	assert.Equal(t, []string{"braid.login.flood"}, names(w.view.Alerts))
	assert.NotContains(t, out.String(), "\x1b")
}

func TestWatcher_NobodyThere_SaysSoAndGoesOn(t *testing.T) {
	t.Parallel()
	var out buffer
	w := Watcher{URL: "http://127.0.0.1:1/metrics", Every: 10 * time.Millisecond, Out: &out, Size: func() (int, int) { return 200, 24 }}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	require.Eventually(t, func() bool { return strings.Count(out.String(), "refused") > 2 }, 10*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-done)
	assert.True(t, w.Counted().IsZero())
	assert.Error(t, (&Watcher{}).Run(t.Context()))
}

func FuzzDecodeEvents(f *testing.F) {
	f.Add([]byte(line("session.start", "braid.login.flood")))
	f.Add([]byte(`{"resourceLogs":[{}]}`))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		events, err := decode(text)
		if err != nil {
			return
		}
		var out strings.Builder
		require.NoError(t, Render(&out, &View{Events: events, Width: 80, Height: 24}))
	})
}
