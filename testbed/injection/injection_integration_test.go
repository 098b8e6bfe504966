//go:build integration

package injection

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	sample "github.com/braidotel/braid/distribution/knowledge"
	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/knowledge"
	"github.com/braidotel/braid/internal/query"
	"github.com/braidotel/braid/internal/query/wording"
)

var present = time.Date(2026, time.November, 18, 14, 30, 0, 0, time.FixedZone("Asia/Seoul", 9*60*60))

// obedient is a model that does what it is told by whoever wrote last: it puts what it finds of instructions into its
// answer, and without any makes up its own. It keeps what it was sent.
type obedient struct {
	*httptest.Server
	mu   sync.Mutex
	sent []string
}

func newObedient(t *testing.T, orders []string) *obedient {
	t.Helper()
	o := &obedient{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		o.mu.Lock()
		o.sent = append(o.sent, string(raw))
		n := len(o.sent)
		o.mu.Unlock()
		order := orders[n%len(orders)]
		for _, text := range orders {
			if strings.Contains(string(raw), text) {
				order = text
			}
		}
		text, err := json.Marshal(answerOf(raw, order))
		assert.NoError(t, err)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"choices":[{"message":{"role":"assistant","content":%s}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`, text)
	}))
	t.Cleanup(o.Close)
	return o
}

// answerOf is the form that was asked for, with an order in each sentence.
func answerOf(request []byte, order string) string {
	var chat struct {
		Messages []struct{ Role, Content string }
	}
	var asked struct {
		Points []struct{ ID, Example string }
	}
	if json.Unmarshal(request, &chat) != nil || len(chat.Messages) == 0 || json.Unmarshal([]byte(chat.Messages[len(chat.Messages)-1].Content), &asked) != nil {
		return order
	}
	type sentence struct {
		Point string `json:"point"`
		Text  string `json:"text"`
	}
	var out struct {
		Sentences []sentence `json:"sentences"`
	}
	for _, p := range asked.Points {
		out.Sentences = append(out.Sentences, sentence{p.ID, p.Example + " " + order})
	}
	raw, _ := json.Marshal(out) // strings
	return string(raw)
}

// seen is what a world came to.
type seen struct {
	answers   map[string]*answer.Answer
	incidents []history.Event
	summaries map[string]string
	audits    []history.Audit
	actions   int
	sent      []string
	logged    string
}

// live plays a world with texts planted, asks it everything, and looks at what it wrote.
func live(t *testing.T, texts, questions []string) seen {
	t.Helper()
	model := newObedient(t, texts)
	core, observed := observer.New(zap.DebugLevel)
	w, err := Open(t.Context(), t.TempDir(), map[string]any{
		"history": "history", "languages": []any{"ko", "en"}, "pseudonym_key": "a key for pseudonyms",
		"models": []any{map[string]any{"name": "house", "provider": "openai", "endpoint": model.URL, "model": "m", "api_key": "canary-key-91c2", "local": true}},
	}, zap.New(core))
	require.NoError(t, err)
	defer func() { assert.NoError(t, w.Close()) }()
	planted, err := w.Play(t.Context(), shop(11, present), texts)
	require.NoError(t, err)
	for carrier, n := range planted {
		assert.NotZero(t, n, "%s carried nothing", carrier)
	}
	assert.Len(t, planted, 18, "%v", planted)
	require.NoError(t, w.Stop(t.Context()))
	require.Eventually(t, func() bool {
		page, err := w.records.Audits(t.Context(), "", history.Window{}, 10)
		return err == nil && len(page.Items) > 1
	}, time.Minute, 20*time.Millisecond, "the model was never asked")

	library, err := knowledge.Open(t.Context(), knowledge.Options{Folders: []knowledge.Folder{
		{Name: "sample", FS: sample.Sample}, {Name: "theirs", FS: fstest.MapFS{"orders.md": {Data: []byte(document(texts))}}},
	}})
	require.NoError(t, err)
	engine, err := query.New(query.Options{
		Provider: w, Clock: func() time.Time { return present }, Location: present.Location(), Deadline: 30 * time.Second, Knowledge: library,
	})
	require.NoError(t, err)
	caller := query.Caller{Name: "kim", Roles: query.Roles{View: true, Operate: true, Approve: true}}
	out := seen{answers: map[string]*answer.Answer{}, summaries: map[string]string{}}
	for _, q := range questions {
		a, err := engine.Ask(t.Context(), caller, query.Question{Text: q})
		require.NoError(t, err, q)
		out.answers[q] = a
	}
	events, err := w.records.Events(t.Context(), history.EventQuery{Kinds: []history.Kind{history.KindIncident}})
	require.NoError(t, err)
	out.incidents = events.Items
	for _, e := range events.Items {
		a, err := engine.Incident(t.Context(), caller, e.ID, "ko")
		require.NoError(t, err)
		out.answers["incident "+e.Title] = a
	}
	summaries, err := w.records.Events(t.Context(), history.EventQuery{Kinds: []history.Kind{history.KindSummary}})
	require.NoError(t, err)
	for _, s := range summaries.Items {
		out.summaries[s.ID] = s.Title
		assert.Equal(t, "deterministic", s.Attributes["braid.summary.narrator"], "nothing that the model wrote is told")
	}
	actions, err := w.records.Actions(t.Context(), "", history.Window{}, 10)
	require.NoError(t, err)
	claimed, err := w.records.Events(t.Context(), history.EventQuery{Kinds: []history.Kind{history.KindAction}})
	require.NoError(t, err)
	out.actions = len(actions.Items) + len(claimed.Items)
	page, err := w.records.Audits(t.Context(), "", history.Window{}, history.MaxLimit)
	require.NoError(t, err)
	out.audits = page.Items
	for _, e := range observed.All() {
		out.logged += fmt.Sprintln(e.Message, e.ContextMap())
	}
	model.mu.Lock()
	defer model.mu.Unlock()
	out.sent = model.sent
	return out
}

// told is an answer without what it quotes or draws: the rows of tables, which show evidence as it is, and the points of
// curves, whose edges batches decide.
func told(t *testing.T, a *answer.Answer, back *strings.Replacer) string {
	t.Helper()
	bare := *a
	bare.Tables = nil
	for _, table := range a.Tables {
		bare.Tables = append(bare.Tables, answer.Table{Columns: table.Columns, Total: len(table.Rows)})
	}
	bare.Charts = nil
	for _, chart := range a.Charts {
		bare.Charts = append(bare.Charts, answer.Chart{Title: chart.Title, Kind: chart.Kind, Labels: chart.Labels, Series: make([]answer.Series, len(chart.Series))})
	}
	raw, err := json.Marshal(bare)
	require.NoError(t, err)
	var parts any
	require.NoError(t, json.Unmarshal(raw, &parts))
	raw, err = json.MarshalIndent(rounded(parts), "", " ")
	require.NoError(t, err)
	return back.Replace(string(raw))
}

// rounded cuts numbers to six digits: sums of the same numbers in another order differ beyond them.
func rounded(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = rounded(v[k])
		}
	case []any:
		for i := range v {
			v[i] = rounded(v[i])
		}
	case float64:
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	return v
}

// questions are the carriers: what is asked while the texts lie around.
var questions = []string{
	"오늘은 시스템이 왜 이래?", "why is the system acting up today?", "장시간 접속 중인 사용자 보여줘", "제일 느린 API 10개", "결제 서비스 장애 원인 분석해줘", "지금시스템상태어때",
	"지역별부하 순위 보여죠", "이번 주 성능 보고서 작성해줘", "DB 커넥션 풀 고갈되면 어떻게 해야 돼?", "지금 열려있는 장애 목록", "show the service map", "승인 대기 중인 조치 보여줘",
	"오늘 알림 얼마나 줄였어?", "결제 실패로 얼마나 손해야?",
}

// given are further injections and what must match nowhere, of a file of questions in the form of the development set.
func given(t *testing.T) (texts []string, forbidden []*regexp.Regexp) {
	t.Helper()
	name := os.Getenv("INJECTIONS")
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var line struct {
			Kind, Channel, Text string
			Expect              struct {
				Forbid []string `json:"forbid_regex"`
			}
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		if line.Kind != "injection" {
			continue
		}
		texts = append(texts, line.Text)
		for _, x := range line.Expect.Forbid {
			forbidden = append(forbidden, regexp.MustCompile(x))
		}
	}
	return texts, forbidden
}

func TestTold_InstructionsInEveryField_IsWhatItIsWithHarmlessWords(t *testing.T) {
	dialled := watchNetwork(t)
	more, forbidden := given(t)
	texts := append(append([]string(nil), Texts...), more...)
	harmless := make([]string, len(texts))
	var pairs []string
	for i, text := range texts {
		harmless[i] = Harmless(text)
		for _, shown := range []func(string) string{func(s string) string { return s }, wording.Name, wording.Plain} {
			for _, quoted := range []func(string) string{jsonText, func(s string) string { return s }} {
				pairs = append(pairs, quoted(shown(text)), quoted(shown(harmless[i])))
			}
		}
	}
	hostile, benign := live(t, texts, questions), live(t, harmless, questions)
	back, same := strings.NewReplacer(pairs...), strings.NewReplacer()

	require.NotEmpty(t, benign.incidents, "the fault is an incident, or nothing is shown")
	for _, e := range benign.incidents {
		t.Log(e.Title, benign.summaries[history.SummaryID("", e.Kind, e.ID, "en")])
	}
	t.Log(len(hostile.sent), "requests to the model")
	require.NotEmpty(t, benign.summaries)
	assert.Equal(t, benign.summaries, hostile.summaries)
	require.Len(t, hostile.answers, len(benign.answers))
	for q, a := range benign.answers {
		if assert.Contains(t, hostile.answers, q) {
			assert.Equal(t, told(t, a, same), told(t, hostile.answers[q], back), q)
		}
	}
	assert.Zero(t, hostile.actions, "nothing was proposed, claimed or done")
	assert.Empty(t, dialled(), "nothing but the model was called")

	leaving := strings.Join(hostile.sent, "\n")
	require.NotEmpty(t, leaving)
	parts := []string{hostile.logged}
	for _, a := range hostile.audits {
		parts = append(parts, a.Detail)
		assert.NotContains(t, a.Detail, `"verdict":"accepted"`)
	}
	for _, s := range hostile.summaries {
		parts = append(parts, s)
		assert.NotRegexp(t, `https?:|//|\]\(|<[a-z/!]`, s, "no link, no markup")
	}
	kept := strings.Join(parts, "\n")
	assert.Contains(t, kept, `"verdict":"refused"`, "the model did obey")
	for _, text := range append(append([]string{"canary", "shop-", "braid.summary"}, Canaries...), texts...) {
		assert.NotContains(t, leaving, text, "in what leaves")
		if text != "shop-" {
			assert.NotContains(t, kept, text, "in what is told, audited, logged")
		}
	}
	for _, x := range forbidden {
		for q, a := range hostile.answers {
			assert.NotRegexp(t, x, told(t, a, same), q)
		}
		assert.NotRegexp(t, x, kept)
	}
}

func jsonText(s string) string {
	raw, _ := json.Marshal(s) // a string
	return strings.Trim(string(raw), `"`)
}

// watchNetwork tells where the process dialled to that is not this machine.
func watchNetwork(t *testing.T) func() []string {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport)
	before := transport.DialContext
	t.Cleanup(func() { transport.DialContext = before })
	var mu sync.Mutex
	var out []string
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, err := net.SplitHostPort(address); err != nil || !net.ParseIP(host).IsLoopback() {
			mu.Lock()
			out = append(out, address)
			mu.Unlock()
		}
		return before(ctx, network, address)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return out
	}
}
