//go:build integration

package answers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sample "github.com/braidotel/braid/distribution/knowledge"
	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/knowledge"
	"github.com/braidotel/braid/internal/narrate"
	"github.com/braidotel/braid/internal/query"
	"github.com/braidotel/braid/internal/simulate"
)

var update = flag.Bool("update", false, "write the golden answers anew")

// shop is four Wednesdays, yesterday, and today with everything that can go wrong.
func shop() []Stretch {
	const users = 90
	var out []Stretch
	for weeks := 4; weeks >= 1; weeks-- {
		out = append(out, Stretch{Start: Now.AddDate(0, 0, -7*weeks).Add(-16 * time.Minute), Length: 17 * time.Minute, Users: users})
	}
	out = append(out, Stretch{Start: Now.AddDate(0, 0, -1).Add(-36 * time.Minute), Length: 37 * time.Minute, Users: users})
	return append(out, Stretch{
		Start: Now.Add(-60 * time.Minute), Length: 60 * time.Minute, Users: users, Scenario: []simulate.Scenario{
			{Kind: simulate.DuplicateLogin, Offset: 10 * time.Minute, Length: 50 * time.Minute},
			{Kind: simulate.LoginFlood, Offset: 15 * time.Minute, Length: 5 * time.Minute},
			{Kind: simulate.HotSpot, Offset: 35 * time.Minute, Length: 25 * time.Minute},
			{Kind: simulate.Fault, Offset: 40 * time.Minute, Length: 20 * time.Minute},
			{Kind: simulate.MemoryRamp, Offset: 25 * time.Minute, Length: 35 * time.Minute},
		},
	})
}

var (
	directory string
	built     *World
	world     = sync.OnceValues(func() (*World, error) {
		w, err := Build(testContext, directory, shop())
		if err != nil {
			return nil, err
		}
		built = w
		made, err := w.decisions()
		if err != nil {
			return nil, err
		}
		return w, w.records.Write(testContext, made)
	})
)

var caller = query.Caller{Name: "kim", Roles: query.Roles{View: true, Operate: true, Approve: true}}

func engine(t testing.TB) (*query.Engine, *World) {
	t.Helper()
	w, err := world()
	require.NoError(t, err)
	library, err := knowledge.Open(t.Context(), knowledge.Options{Folders: []knowledge.Folder{{Name: "sample", FS: sample.Sample}}})
	require.NoError(t, err)
	e, err := query.New(query.Options{
		Provider: w, Clock: func() time.Time { return Now }, Location: Now.Location(), Deadline: 30 * time.Second, Knowledge: library,
		Ungrounded: func(draft string, err *narrate.UngroundedError) { t.Errorf("%v: %s", err, draft) },
	})
	require.NoError(t, err)
	return e, w
}

func ask(t testing.TB, e *query.Engine, text string) *answer.Answer {
	t.Helper()
	a, err := e.Ask(t.Context(), caller, query.Question{Text: text})
	require.NoError(t, err, text)
	return a
}

func value(t testing.TB, a *answer.Answer, id string) float64 {
	t.Helper()
	for _, f := range a.Facts {
		if f.ID == id {
			return f.Value
		}
	}
	require.Failf(t, "no such fact", "%s in %s", id, a.Headline)
	return 0
}

// questions are asked in both languages, two an intent at least where wordings lead to different answers.
var questions = []struct{ name, ko, en string }{
	{"compare_yesterday", "어제 같은 시간대 동시접속자와 시스템 사용률 비교해줘", "Compare concurrent users and system usage with the same time yesterday"},
	{"compare_week", "지난 주 같은 요일 동시접속자와 시스템 사용률 비교해줘", "Compare concurrent users and system usage with the same weekday last week"},
	{"compare_usual", "접속자 평소보다 많아?", "are there more users than usual?"},
	{"metric_value", "지금 동시접속자 몇 명이야?", "how many concurrent users right now?"},
	{"metric_value_max", "오늘 최대 동시접속자 수 알려줘", "what was the maximum of concurrent users today?"},
	{"system_status", "지금 시스템 상태 어때", "is everything healthy?"},
	{"root_cause", "오늘은 시스템이 왜 이래?", "why is the system acting up today?"},
	{"abnormal_sessions", "수상한 접속 있어?", "any suspicious sessions today?"},
	{"abnormal_sessions_long", "20분 넘게 접속 중인 사용자 보여줘", "show users connected for more than 20 minutes"},
	{"abnormal_sessions_burst", "한 IP에서 1분에 50번 넘게 로그인한 데 있어?", "any brute force logins today?"},
	{"capacity_forecast", "서버 부하율 대비 증설이 필요한가?", "do we need more servers?"},
	{"capacity_forecast_when", "메모리 언제 한계 넘어?", "when will memory hit its limit?"},
	{"capacity_forecast_double", "접속자가 두 배가 되면 버틸 수 있어?", "what if users double, can we take it?"},
	{"report", "이번 주 성능 보고서를 작성해줘", "write this week's performance report"},
	{"region_load", "전국 시스템 중 가장 부하가 높은 지역은?", "which region has the highest load?"},
	{"region_load_one", "부산 쪽 엣지 지금 괜찮아?", "is Busan ok right now?"},
	{"deploy_regression", "이번 배포 이후 느려진 API 상위 3개 보여줘", "top 3 APIs that slowed down after this deploy"},
	{"top_transactions", "제일 느린 API 10개", "slowest endpoints in the last hour"},
	{"top_transactions_errors", "에러 많이 나는 트랜잭션 뭐야 오늘", "which transactions fail the most?"},
	{"incidents", "지금 열려있는 장애 목록", "list open incidents by severity"},
	{"alert_noise", "오늘 알림 얼마나 줄였어?", "how many alerts got deduplicated today?"},
	{"business_impact", "결제 실패로 얼마나 손해야?", "how much revenue is at risk because of failed payments?"},
	{"journey_dropoff", "결제 단계에서 이탈이 제일 많은 구간은?", "where do people drop off in checkout?"},
	{"web_vitals", "웹 바이탈 어때?", "how are web vitals on the main page"},
	{"service_map", "결제를 호출하는 서비스 보여줘", "what calls payment?"},
	{"lookup", "제일 느린 트레이스 보여줘", "show me the slowest trace of the last hour"},
	{"runbook", "DB 커넥션 풀 고갈되면 어떻게 해?", "what to do when the db connection pool is exhausted?"},
	{"slo_status", "이번 달 에러 버짓 얼마나 남았어?", "SLO status this month"},
	{"approvals", "승인 대기 중인 조치 보여줘", "list pending approvals"},
	{"approvals_confirm", "3번 조치 승인해줘", "approve action 3"},
	{"help", "뭘 물어볼 수 있어?", "what can I ask?"},
	{"decline", "비트코인 시세 알려줘", "what is the bitcoin price?"},
}

func TestAsk_EveryIntent_AnswersAsWritten(t *testing.T) {
	e, _ := engine(t)
	for _, q := range questions {
		for lang, text := range map[string]string{"ko": q.ko, "en": q.en} {
			t.Run(q.name+"_"+lang, func(t *testing.T) {
				a := ask(t, e, text)
				assert.Equal(t, lang, a.Language)
				assert.NotEmpty(t, a.Headline.String())
				grounded(t, a)
				golden(t, filepath.Join("testdata", q.name+"_"+lang+".json"), a)
			})
		}
	}
	assert.Zero(t, e.Ungrounded())
}

// grounded holds every answer to its own facts: each reference exists, and shows what the fact says.
func grounded(t *testing.T, a *answer.Answer) {
	t.Helper()
	texts := map[string]string{}
	for _, f := range a.Facts {
		texts[f.ID] = f.Text
		assert.False(t, math.IsNaN(f.Value) || math.IsInf(f.Value, 0), f.ID)
		assert.NotEmpty(t, f.Source, f.ID)
		assert.NotEmpty(t, f.Name, f.ID)
	}
	all := append(answer.Text{}, a.Headline...)
	for _, f := range a.Findings {
		all = append(all, f.Text...)
	}
	for _, p := range all {
		if p.Fact != "" {
			assert.Contains(t, []string{texts[p.Fact], strings.TrimLeft(texts[p.Fact], "+-−")}, p.Text)
		}
	}
	for _, id := range a.Key {
		assert.Contains(t, texts, id)
	}
}

// golden compares an answer with the one written down. Figures are cut to six digits: sums of floats depend on their order.
func golden(t *testing.T, path string, a *answer.Answer) {
	t.Helper()
	raw, err := json.Marshal(a)
	require.NoError(t, err)
	var loose any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	require.NoError(t, d.Decode(&loose))
	got, err := json.MarshalIndent(cut(loose), "", " ")
	require.NoError(t, err)
	got = append(got, '\n')
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, got, 0o600))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "write it with -update")
	assert.Equal(t, string(want), string(got))
}

// goldenRows is how much of a table is written down.
const goldenRows = 3

// cut rounds numbers, and leaves out curves, whose figures are those of the facts again.
func cut(v any) any {
	switch x := v.(type) {
	case json.Number:
		f, err := x.Float64()
		if err != nil {
			return x
		}
		return json.Number(strconv.FormatFloat(f, 'g', 6, 64))
	case map[string]any:
		for k, e := range x {
			if list, ok := e.([]any); ok && k == "rows" && len(list) > goldenRows {
				e = list[:goldenRows]
				x[k] = e
			}
			if list, ok := e.([]any); ok && slices.Contains([]string{"values", "low", "high", "times"}, k) {
				x[k] = fmt.Sprintf("%d values", len(list))
				continue
			}
			x[k] = cut(e)
		}
	case []any:
		for i := range x {
			x[i] = cut(x[i])
		}
	}
	return v
}

func TestAsk_Figures_AreThoseOfTheTraffic(t *testing.T) {
	e, w := engine(t)
	now, yesterday := w.Truth.Users(Now, ""), w.Truth.Users(Now.AddDate(0, 0, -1), "")

	a := ask(t, e, "Compare concurrent users and system usage with the same time yesterday")
	assert.InDelta(t, now, value(t, a, "concurrent_users"), 2)
	assert.InDelta(t, yesterday, value(t, a, "concurrent_users.then"), 2)
	assert.InDelta(t, 100*(float64(now)/float64(yesterday)-1), value(t, a, "concurrent_users.change"), 0.1)

	a = ask(t, e, "부산에 지금 동시접속자 몇 명이야?")
	assert.InDelta(t, w.Truth.Users(Now, "busan"), value(t, a, "concurrent_users"), 1)

	a = ask(t, e, "최근 15분 결제 에러율 얼마야")
	requests, failed := w.Truth.Count("shop-payment", Now.Add(-15*time.Minute), Now)
	require.Positive(t, failed)
	assert.InDelta(t, 100*float64(failed)/float64(requests), value(t, a, "error_rate"), 0.2, "of %d requests", requests)

	a = ask(t, e, "which region has the highest load?")
	assert.Contains(t, a.Headline.String(), "Busan")
	assert.InDelta(t, w.Truth.Users(Now, "busan"), value(t, a, "region.1"), 1)

	a = ask(t, e, "오늘 시스템이 왜 이래?")
	var said strings.Builder
	for _, f := range a.Findings {
		said.WriteString(f.Text.String() + "\n")
	}
	assert.Contains(t, said.String(), "shop-payment: INSERT payment", "where the planted fault is")

	a = ask(t, e, "한 IP에서 1분에 50번 넘게 로그인한 데 있어?")
	assert.Equal(t, 1.0, value(t, a, "floods"))
	assert.Equal(t, "203.0.113.199", a.Tables[0].Rows[0][0].Text)

	a = ask(t, e, "any suspicious sessions today?")
	assert.Equal(t, 1.0, value(t, a, "twice"))
	for _, p := range w.Planted {
		if p.Kind == simulate.DuplicateLogin {
			assert.Equal(t, p.Target["user.id"], a.Tables[len(a.Tables)-1].Rows[0][0].Text)
		}
	}
}

func TestAsk_Transactions_AreThoseOfTheTraffic(t *testing.T) {
	e, w := engine(t)
	hour := Now.Add(-time.Hour)
	a := ask(t, e, "slowest endpoints in the last hour")
	for _, op := range [][2]string{{"shop-was", "POST /checkout"}, {"shop-payment", "POST /payments"}} {
		requests := w.Truth.Of(op[0], op[1], hour, Now)
		slices.SortFunc(requests, func(x, y Request) int { return cmp.Compare(x.Took, y.Took) })
		p95 := requests[int(0.95*float64(len(requests)))].Took
		row := rowOf(t, a, op[0], op[1])
		assert.InEpsilon(t, float64(p95.Milliseconds()), *row[2].Value, 0.09, "p95 of %s: buckets are 9 %% wide", op)
		failed := 0
		for _, r := range requests {
			if r.Failed {
				failed++
			}
		}
		assert.InDelta(t, 100*float64(failed)/float64(len(requests)), *row[3].Value, 0.01, "errors of %s, of %d", op, len(requests))
	}
	a = ask(t, e, "show me the slowest trace of the last hour")
	assert.InDelta(t, w.Truth.Slowest.Seconds(), value(t, a, "slowest"), 0.001)

	a = ask(t, e, "where do people drop off in checkout?")
	for _, step := range []string{"GET /product/{id}", "GET /cart", "POST /checkout"} {
		want := len(w.Truth.Of("shop-was", step, Now.AddDate(0, 0, -7), Now))
		assert.InEpsilon(t, float64(want), *rowOf(t, a, step)[1].Value, 0.005, step)
	}
}

// rowOf finds the row of an answer's first table that begins with some texts.
func rowOf(t *testing.T, a *answer.Answer, begins ...string) []answer.Cell {
	t.Helper()
next:
	for _, row := range a.Tables[0].Rows {
		for i, text := range begins {
			if row[i].Text != text {
				continue next
			}
		}
		return row
	}
	require.Failf(t, "no such row", "%v in %s", begins, a.Headline)
	return nil
}

func TestSession_DuplicateLogin_HasItsTimeline(t *testing.T) {
	e, w := engine(t)
	for _, p := range w.Planted {
		if p.Kind != simulate.DuplicateLogin {
			continue
		}
		d, err := e.Session(t.Context(), caller, p.Target["session.id"])
		require.NoError(t, err)
		assert.Equal(t, p.Target["user.id"], d.User)
		var names []string
		for _, event := range d.Events {
			names = append(names, event.Name)
		}
		assert.Contains(t, names, "session.start")
		assert.Contains(t, names, "braid.session.duplicate_login")
	}
}

func TestNow_HasACardEach(t *testing.T) {
	e, _ := engine(t)
	for _, lang := range []string{"ko", "en"} {
		cards, err := e.Now(t.Context(), caller, lang)
		require.NoError(t, err)
		for _, c := range cards {
			assert.Equal(t, lang, c.Language)
			assert.Equal(t, answer.OutcomeAnswer, c.Outcome, c.Intent)
			grounded(t, c)
		}
	}
}

func TestWriteReport_IsKeptAndReadBothWays(t *testing.T) {
	e, _ := engine(t)
	for _, lang := range []string{"ko", "en"} {
		r, err := e.WriteReport(t.Context(), caller, query.ReportRequest{Period: "this_week", Audience: "exec", Language: lang})
		require.NoError(t, err)
		for format, mark := range map[string]string{"html": "<!doctype html>", "md": "# "} {
			body, err := e.Report(t.Context(), caller, r.ID, format)
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(string(body), mark), format)
			assert.Contains(t, string(body), r.Title)
		}
		list, err := e.Reports(t.Context(), caller, 10)
		require.NoError(t, err)
		assert.Equal(t, "exec", list[0].Audience)
	}
}

// What is asked of weeks and months holds the hour that is not over, and is no thinner for the time before there was data.
func TestAsk_LongTimes_HoldTheLatestMinutes(t *testing.T) {
	e, w := engine(t)
	monday := time.Date(2026, time.November, 16, 0, 0, 0, 0, Now.Location())
	requests, failed := w.Truth.Count("shop-payment", monday, Now)
	assert.InDelta(t, 100*float64(failed)/float64(requests), value(t, ask(t, e, "이번 주 결제 에러율 얼마야"), "error_rate"), 0.01)
	rate := value(t, ask(t, e, "shop-payment throughput this week"), "throughput")
	assert.InEpsilon(t, float64(requests), rate*Now.Sub(monday).Seconds(), 0.001)
	most := ask(t, e, "what was the peak of concurrent users this week?")
	assert.NotContains(t, most.Headline.String(), "shop-was", "a verb")
	busiest, _ := w.Truth.Busiest()
	assert.InDelta(t, busiest, value(t, most, "concurrent_users"), 2)

	requests, failed = w.Truth.Count("shop-payment", Now.AddDate(0, 0, -17), Now)
	assert.InDelta(t, 100*float64(failed)/float64(requests), value(t, ask(t, e, "이번 달 결제 에러율 얼마야"), "error_rate"), 0.01)
}

// A restart asks for the same instant again: the history knows that it has its report.
func TestWriteScheduled_SameInstant_IsOneReport(t *testing.T) {
	e, _ := engine(t)
	r := query.ReportRequest{Period: "today", Audience: "ops", Language: "ko"}
	first, err := e.WriteScheduled(t.Context(), caller, r, "daily", Now)
	require.NoError(t, err)
	again, err := e.WriteScheduled(t.Context(), caller, r, "daily", Now)
	require.NoError(t, err)
	assert.Equal(t, first.ID, again.ID)
	assert.True(t, first.Written.Equal(Now), "as of its instant")
	list, err := e.Reports(t.Context(), caller, 100)
	require.NoError(t, err)
	n := 0
	for _, x := range list {
		if x.ID == first.ID {
			n++
		}
	}
	assert.Equal(t, 1, n)
	_, err = e.WriteScheduled(t.Context(), caller, r, "daily", Now.AddDate(-1, 0, 0))
	assert.ErrorIs(t, err, query.ErrNotFound, "no data of that time")
}
