//go:build integration

package answers

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query"
	"github.com/braidotel/braid/internal/simulate"
)

// asked asks in both languages. Each answer speaks its asker's language; their figures are the same.
func asked(t *testing.T, ko, en string, check func(t *testing.T, a *answer.Answer)) {
	t.Helper()
	e, _ := engine(t)
	var figures [2]map[string]float64
	for i, text := range []string{ko, en} {
		a := ask(t, e, text)
		require.Equal(t, answer.OutcomeAnswer, a.Outcome, text)
		grounded(t, a)
		hangul := strings.ContainsFunc(a.Headline.String(), func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
		assert.Equal(t, i == 0, hangul, a.Headline.String())
		figures[i] = map[string]float64{}
		for _, f := range a.Facts {
			figures[i][f.ID] = f.Value
		}
		t.Run(a.Language, func(t *testing.T) { check(t, a) })
	}
	assert.Equal(t, slices.Sorted(maps.Keys(figures[0])), slices.Sorted(maps.Keys(figures[1])), "the same facts in both languages")
	for id, v := range figures[0] {
		assert.InDelta(t, v, figures[1][id], 1e-9*(1+max(v, -v)), id)
	}
}

// said is all that an answer says in sentences.
func said(a *answer.Answer) string {
	var b strings.Builder
	b.WriteString(a.Headline.String())
	for _, f := range a.Findings {
		b.WriteString("\n" + f.Text.String())
	}
	return b.String()
}

func truth(t *testing.T) *World {
	t.Helper()
	_, w := engine(t)
	return w
}

// planted is what a scenario hit.
func planted(t *testing.T, w *World, kind simulate.Kind) simulate.Planted {
	t.Helper()
	at := slices.IndexFunc(w.Planted, func(p simulate.Planted) bool { return p.Kind == kind })
	require.GreaterOrEqual(t, at, 0, kind)
	return w.Planted[at]
}

func TestAsk_SystemStatus_IsThatOfTheTraffic(t *testing.T) {
	w := truth(t)
	from := Now.Add(-5 * time.Minute)
	all := w.Truth.Of("", "", from, Now)
	busy := planted(t, w, simulate.HotSpot).Target["braid.region"]
	asked(t, "지금 시스템 상태 어때", "is everything healthy?", func(t *testing.T, a *answer.Answer) {
		assert.InDelta(t, w.Truth.Users(Now, ""), value(t, a, "concurrent_users"), 2)
		assert.InDelta(t, 100*float64(Failed(all))/float64(len(all)), value(t, a, "error_rate"), 0.06, "ten seconds at the edge of five minutes")
		assert.InEpsilon(t, float64(len(all))/300, value(t, a, "throughput"), 0.01)
		assert.InEpsilon(t, Quantile(all, 0.95).Seconds()*1000, value(t, a, "latency_p95"), 0.09, "buckets are 9 % wide")
		assert.InDelta(t, w.Truth.Mean("cpu", from, Now)[""], value(t, a, "cpu"), 0.2)
		assert.InDelta(t, w.Truth.Mean("memory", from, Now)[""], value(t, a, "memory"), 0.2)
		assert.Contains(t, said(a), "shop-payment")
		assert.Contains(t, said(a), "edge-"+busy, "the host at its limit")
		open := 0
		for _, i := range w.incidents() {
			if i.End.IsZero() {
				open++
			}
		}
		assert.Equal(t, open, strings.Count(linked(a), "/incidents/"), linked(a))
	})
}

// linked are the links of an answer's findings.
func linked(a *answer.Answer) string {
	var b strings.Builder
	for _, f := range a.Findings {
		if f.Link != nil {
			b.WriteString(f.Link.Path + "\n")
		}
	}
	return b.String()
}

func TestAsk_CapacityForecast_IsThatOfTheMachines(t *testing.T) {
	w := truth(t)
	now := w.Truth.Mean("cpu", Now.Add(-5*time.Minute), Now)
	hottest := ""
	for host, v := range now {
		if host != "" && v > now[hottest] || hottest == "" {
			hottest = host
		}
	}
	require.GreaterOrEqual(t, now[hottest], 90.0, "the hot spot brings a host to its limit")
	asked(t, "서버 부하율 대비 증설이 필요한가?", "do we need more servers?", func(t *testing.T, a *answer.Answer) {
		assert.Contains(t, a.Headline.String(), hottest)
		assert.InDelta(t, now[hottest], value(t, a, "cpu"), 0.2)
		assert.InDelta(t, now[hottest], value(t, a, "cpu.peak"), 0.2, "it was never busier")
		assert.InDelta(t, 90, value(t, a, "cpu.limit"), 0)
		assert.InDelta(t, 0, value(t, a, "cpu.room"), 0)
		key := map[string]string{"ko": "증설이 필요합니다", "en": "Yes"}[a.Language]
		assert.True(t, strings.HasPrefix(a.Headline.String(), key), a.Headline.String())
	})
	asked(t, "접속자가 두 배가 되면 버틸 수 있어?", "what if users double, can we take it?", func(t *testing.T, a *answer.Answer) {
		assert.InDelta(t, 2*now[hottest], value(t, a, "cpu.peak"), 0.4)
	})
	leaking := planted(t, w, simulate.MemoryRamp).Target["host.name"]
	memory := w.Truth.Mean("memory", Now.Add(-5*time.Minute), Now)
	asked(t, "메모리 언제 한계 넘어?", "when will memory hit its limit?", func(t *testing.T, a *answer.Answer) {
		assert.Contains(t, a.Headline.String(), leaking)
		assert.InDelta(t, memory[leaking], value(t, a, "memory"), 0.2)
		for _, f := range a.Facts {
			assert.NotEqual(t, "memory.time", f.ID, "the leak ends at 84 % of the host's memory, below its limit")
		}
	})
}

func TestAsk_Report_IsOfTheWeeksTraffic(t *testing.T) {
	w := truth(t)
	monday := time.Date(2026, time.November, 16, 0, 0, 0, 0, Now.Location())
	all := w.Truth.Of("", "", monday, Now)
	visits := 0
	for _, at := range w.Truth.Visits {
		if within(at, monday, Now) {
			visits++
		}
	}
	hosts := map[string]bool{}
	for _, l := range w.Truth.Loads {
		hosts[l.Host] = true
	}
	most, at := w.Truth.Busiest()
	hottest := slices.Max(slices.Collect(maps.Values(w.Truth.Mean("cpu", Now.Add(-5*time.Minute), Now))))
	asked(t, "이번 주 성능 보고서를 작성해줘", "write this week's performance report", func(t *testing.T, a *answer.Answer) {
		assert.InEpsilon(t, visits-w.Truth.Floods, value(t, a, "visits"), 0.01)
		assert.InEpsilon(t, len(all), value(t, a, "requests"), 0.005)
		assert.InDelta(t, 100*float64(Failed(all))/float64(len(all)), value(t, a, "error_rate"), 0.01)
		assert.InEpsilon(t, Quantile(all, 0.95).Seconds()*1000, value(t, a, "latency_p95"), 0.09)
		assert.InDelta(t, len(w.incidents()), value(t, a, "incidents"), 0)
		assert.InDelta(t, len(hosts), value(t, a, "servers"), 0)
		assert.InDelta(t, 1, value(t, a, "deploys"), 0)
		assert.InDelta(t, 1, value(t, a, "floods"), 0)
		assert.InDelta(t, 1, value(t, a, "twice"), 0)
		assert.InDelta(t, 2, value(t, a, "unresolved"), 0)
		assert.InDelta(t, most, value(t, a, "concurrent_users.peak"), 3)
		assert.InDelta(t, hottest, value(t, a, "outlook.peak"), 0.2)
		assert.InDelta(t, 90, value(t, a, "outlook.limit"), 0)
		for _, f := range a.Facts {
			if f.ID == "concurrent_users.peak" {
				assert.WithinDuration(t, at, f.Window.End, 31*time.Minute, "half an hour is a step of the curve")
			}
		}
	})
}

func TestAsk_DeployRegression_IsWhatGotSlower(t *testing.T) {
	w := truth(t)
	type op struct{ service, name string }
	p95 := map[op][2]float64{}
	length := Now.Sub(Deployed)
	for i := range w.Truth.Requests {
		r := &w.Truth.Requests[i]
		p95[op{r.Service, r.Name}] = [2]float64{}
	}
	enough := map[op]bool{}
	for o := range p95 {
		before, after := w.Truth.Of(o.service, o.name, Deployed.Add(-length), Deployed), w.Truth.Of(o.service, o.name, Deployed, Now)
		p95[o] = [2]float64{Quantile(before, 0.95).Seconds() * 1000, Quantile(after, 0.95).Seconds() * 1000}
		enough[o] = len(before) >= 20 && len(after) >= 20
	}
	asked(t, "이번 배포 이후 느려진 API 상위 3개 보여줘", "top 3 APIs that slowed down after this deploy", func(t *testing.T, a *answer.Answer) {
		assert.Contains(t, a.Headline.String(), versioned+" "+newVersion)
		assert.Contains(t, a.Headline.String(), Deployed.Format("15:04"))
		require.Len(t, a.Tables[0].Rows, 3)
		for i, want := range []op{{versioned, "POST /payments"}, {"shop-was", "POST /checkout"}} {
			row := a.Tables[0].Rows[i]
			assert.Equal(t, want, op{row[0].Text, row[1].Text})
			assert.InEpsilon(t, p95[want][1], *row[2].Value, 0.09, "after")
			assert.InEpsilon(t, p95[want][0], *row[3].Value, 0.09, "before")
		}
		for _, row := range a.Tables[0].Rows {
			was := p95[op{row[0].Text, row[1].Text}]
			assert.Greater(t, was[1], was[0], "%v did get slower", row[:2])
		}
		slower, surely := 0, 0
		for o, v := range p95 {
			if v[0] > 0 && v[1] > 1.09*v[0] {
				slower++
				if enough[o] && v[1] > 1.4*v[0] && v[1]-v[0] > 10 {
					surely++
				}
			}
		}
		assert.GreaterOrEqual(t, value(t, a, "slower"), float64(surely))
		assert.LessOrEqual(t, value(t, a, "slower"), float64(slower))
	})
}

func TestAsk_Incidents_AreThoseOfWhatWasPlanted(t *testing.T) {
	w := truth(t)
	users, open, alerts := 0, 0, 0
	var gravest Incident
	for _, i := range w.incidents() {
		alerts += i.Alerts
		if i.End.IsZero() {
			open, users = open+1, users+i.Users
			if i.Severity > gravest.Severity {
				gravest = i
			}
		}
	}
	require.Positive(t, users)
	asked(t, "지금 열려있는 장애 목록", "list open incidents by severity", func(t *testing.T, a *answer.Answer) {
		assert.InDelta(t, open, value(t, a, "incidents"), 0)
		assert.InDelta(t, users, value(t, a, "affected"), 0)
		assert.Contains(t, a.Headline.String(), gravest.Service)
		row := a.Tables[0].Rows[0]
		assert.Equal(t, "/incidents/"+gravest.ID, row[1].Link.Path)
		assert.InDelta(t, Now.Sub(gravest.Start).Seconds(), *row[5].Value, 0)
		assert.InDelta(t, gravest.Users, *row[6].Value, 0)
		assert.InDelta(t, gravest.Alerts, *row[7].Value, 0)
	})
	asked(t, "오늘 알림 얼마나 줄였어?", "how many alerts got deduplicated today?", func(t *testing.T, a *answer.Answer) {
		n := len(w.incidents())
		assert.InDelta(t, alerts, value(t, a, "alerts"), 0)
		assert.InDelta(t, n, value(t, a, "incidents"), 0)
		assert.InDelta(t, 100*(1-float64(n)/float64(alerts)), value(t, a, "cut"), 1e-9)
	})
}

func TestAsk_BusinessImpact_IsTheToll(t *testing.T) {
	w := truth(t)
	midnight := time.Date(2026, time.November, 18, 0, 0, 0, 0, Now.Location())
	told := Now.Add(-10 * time.Second) // the metrics are of every ten seconds
	amount, orders := 0.0, 0
	for _, o := range w.Truth.Orders {
		if within(o.At, midnight, told) {
			amount, orders = amount+o.Amount, orders+1
		}
	}
	mean := amount / float64(orders)
	failed := float64(Failed(w.Truth.Of("shop-was", "POST /checkout", midnight, told)))
	asked(t, "결제 실패로 얼마나 손해야?", "how much revenue is at risk because of failed payments?", func(t *testing.T, a *answer.Answer) {
		assert.InDelta(t, failed, value(t, a, "failed"), 0)
		assert.InDelta(t, w.Toll.Users, value(t, a, "affected"), 0, "customers whose order failed, and no others")
		assert.InDelta(t, 100*failed/(failed+float64(orders)), value(t, a, "share"), 0.2)
		assert.InEpsilon(t, mean, value(t, a, "mean"), 0.01)
		assert.InEpsilon(t, failed*mean, value(t, a, "risk"), 0.01)
	})
}

func TestAsk_WebVitals_AreThoseOfThePages(t *testing.T) {
	w := truth(t)
	p75 := func(page string, of func(Vital) float64) float64 {
		var list []float64
		for _, v := range w.pages.seen {
			if within(v.At, Now.Add(-24*time.Hour), Now) && (page == "" || v.Page == page) {
				list = append(list, of(v))
			}
		}
		slices.Sort(list)
		return list[int(0.75*float64(len(list)))]
	}
	of := map[string]func(Vital) float64{
		"lcp": func(v Vital) float64 { return v.LCP }, "inp": func(v Vital) float64 { return v.INP }, "cls": func(v Vital) float64 { return v.CLS },
	}
	for page, texts := range map[string][2]string{"": {"웹 바이탈 어때?", "how are web vitals?"}, "/": {"메인 페이지 웹 바이탈 어때?", "how are web vitals on the main page"}} {
		asked(t, texts[0], texts[1], func(t *testing.T, a *answer.Answer) {
			for vital, f := range of {
				assert.InEpsilon(t, p75(page, f), value(t, a, vital), 0.05, "%s of %q: buckets are 5 %% wide", vital, page)
			}
		})
	}
}

func TestAsk_ServiceMap_CountsEveryCall(t *testing.T) {
	w := truth(t)
	calls := w.Truth.Calls(Now.Add(-time.Hour), Now)
	edges := func(t *testing.T, a *answer.Answer, of func(Edge) bool) {
		want := map[Edge][2]int{}
		for e, n := range calls {
			if of(e) {
				want[e] = n
			}
		}
		require.NotEmpty(t, want)
		require.Len(t, a.Tables[0].Rows, len(want))
		for _, row := range a.Tables[0].Rows {
			e := Edge{row[0].Text, row[1].Text}
			require.Contains(t, want, e)
			assert.InEpsilon(t, want[e][0], *row[2].Value, 0.005, e)
			assert.InDelta(t, want[e][1], *row[3].Value, max(0.5, 0.01*float64(want[e][1])), "failures of %v", e)
		}
		assert.Empty(t, a.Quality.Notes, "counted, not seen in a few traces")
	}
	asked(t, "서비스 맵 보여줘", "show the service map", func(t *testing.T, a *answer.Answer) {
		edges(t, a, func(Edge) bool { return true })
		for _, e := range a.Charts[0].Edges {
			assert.Equal(t, strings.HasPrefix(e.To, "postgresql "), e.Store, e.To)
		}
	})
	asked(t, "결제를 호출하는 서비스 보여줘", "what calls payment?", func(t *testing.T, a *answer.Answer) {
		edges(t, a, func(e Edge) bool { return e.To == versioned })
	})
}

func TestAsk_SLOStatus_IsThatOfTheRequests(t *testing.T) {
	w := truth(t)
	month := time.Date(2026, time.November, 1, 0, 0, 0, 0, Now.Location())
	kept := func(service string, good func(*Request) bool) float64 {
		all := w.Truth.Of(service, "", month, Now)
		n := 0
		for i := range all {
			if good(&all[i]) {
				n++
			}
		}
		return 100 * float64(n) / float64(len(all))
	}
	succeeded := func(r *Request) bool { return !r.Failed }
	want := map[string][2]float64{ // reached and promised
		"Pages are served":   {kept("shop-was", succeeded), 99.9},
		"Payments succeed":   {kept(versioned, succeeded), 99.5},
		"Payments are quick": {kept(versioned, func(r *Request) bool { return r.Took < 500*time.Millisecond }), 95},
	}
	asked(t, "이번 달 에러 버짓 얼마나 남았어?", "SLO status this month", func(t *testing.T, a *answer.Answer) {
		assert.InDelta(t, len(want), value(t, a, "objectives"), 0)
		missed := 0
		for name, v := range want {
			row := rowOf(t, a, name)
			assert.InDelta(t, v[1], *row[2].Value, 1e-9)
			assert.InDelta(t, v[0], *row[3].Value, 0.001, name)
			if *row[4].Value < 0 {
				missed++
			}
			elapsed := 1.0
			if name == "Pages are served" { // of a calendar month, which is not over
				elapsed = float64(Now.Sub(month)) / float64(30*24*time.Hour)
			}
			assert.InDelta(t, 100*(1-elapsed*(100-v[0])/(100-v[1])), *row[4].Value, 1, "budget of %s: a thousandth of a percent is a point of the strictest", name)
		}
		assert.InDelta(t, missed, value(t, a, "missed"), 0)
	})
}

func TestAsk_Lookup_ShowsWhatWasThere(t *testing.T) {
	w := truth(t)
	trace := hex.EncodeToString(w.Truth.SlowestTrace[:])
	asked(t, "제일 느린 트레이스 보여줘", "show me the slowest trace of the last hour", func(t *testing.T, a *answer.Answer) {
		assert.InDelta(t, w.Truth.Slowest.Seconds(), value(t, a, "slowest"), 0.001)
		assert.Equal(t, "/traces/"+trace, a.Tables[0].Rows[0][2].Link.Path)
	})
	asked(t, "트레이스 "+trace+" 보여줘", "show trace "+trace, func(t *testing.T, a *answer.Answer) {
		assert.InDelta(t, w.Truth.Slowest.Seconds(), value(t, a, "took"), 0.001)
		assert.InDelta(t, w.Truth.Spans[w.Truth.SlowestTrace], value(t, a, "spans"), 0)
	})
	twice := planted(t, w, simulate.DuplicateLogin).Target
	session, requests := twice["session.id"], 0
	for i := range w.Truth.Requests {
		if w.Truth.Requests[i].Session == session {
			requests++
		}
	}
	asked(t, "세션 "+session+" 보여줘", "show session "+session, func(t *testing.T, a *answer.Answer) {
		assert.Contains(t, a.Headline.String(), twice["user.id"])
		assert.InDelta(t, requests, value(t, a, "requests"), 0)
	})
	asked(t, "사용자 "+twice["user.id"]+" 세션 보여줘", "show sessions of user "+twice["user.id"], func(t *testing.T, a *answer.Answer) {
		assert.InDelta(t, 2, value(t, a, "sessions"), 0, "one log-in here and one there")
		for _, row := range a.Tables[0].Rows {
			assert.Equal(t, twice["user.id"], row[0].Text)
		}
	})
}

func TestAsk_Runbook_QuotesTheDocumentOfTheTopic(t *testing.T) {
	for document, texts := range map[string][2]string{
		"payment-timeouts": {"DB 커넥션 풀 고갈되면 어떻게 해?", "what to do when the db connection pool is exhausted?"},
		"disk-full":        {"디스크가 가득 차면 어떻게 해?", "what to do when the disk is full?"},
		"login-flood":      {"로그인 폭주가 생기면 어떻게 대응해?", "runbook for a flood of log-ins"},
		"rollback":         {"롤백 절차 알려줘", "how do I roll back a release?"},
	} {
		asked(t, texts[0], texts[1], func(t *testing.T, a *answer.Answer) {
			require.NotEmpty(t, a.Tables, texts)
			assert.Contains(t, a.Tables[0].Source, document+"."+a.Language+".md")
		})
	}
}

func TestAsk_ApprovalsAndHelp_AreWhatWaitsAndWhatCanBeAsked(t *testing.T) {
	_, digest, err := Pending.Encode(action.DefaultLimits())
	require.NoError(t, err)
	asked(t, "승인 대기 중인 조치 보여줘", "list pending approvals", func(t *testing.T, a *answer.Answer) {
		assert.InDelta(t, 1, value(t, a, "pending"), 0)
		row := a.Tables[0].Rows[0]
		for _, part := range []string{"shop/" + versioned, oldVersion} {
			assert.Contains(t, row[0].Text, part)
		}
		assert.NotEmpty(t, row[1].Text, "its effect")
		assert.Equal(t, Pending.Reason, row[2].Text)
		assert.Equal(t, Pending.Proposer.Name, row[3].Text)
	})
	e, _ := engine(t)
	list, err := e.Approvals(t.Context(), caller, query.ApprovalFilter{Status: "pending", Language: "en"})
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, digest, list[0].Digest)
	assert.Equal(t, Pending.Arguments.Target(), list[0].Target)
	assert.False(t, list[0].Altered)

	asked(t, "뭘 물어볼 수 있어?", "what can I ask?", func(t *testing.T, a *answer.Answer) {
		assert.Len(t, a.Tables[0].Rows, 20, "all intents but this one")
		assert.GreaterOrEqual(t, len(a.FollowUps), 8)
		for _, q := range a.FollowUps {
			assert.Equal(t, answer.OutcomeAnswer, ask(t, e, q).Outcome, q)
		}
	})
}
