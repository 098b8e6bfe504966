package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/askclient"
	"github.com/braidotel/braid/internal/query"
	"github.com/braidotel/braid/testbed/collector"
)

// seven are the questions that must be answered at once, with what tells that an answer is right: figures that it cannot be
// without, and what was planted in the shop.
var seven = []struct {
	ko, en string
	facts  []string // ids of figures, which are above zero
	// The name of what was planted, which headline or findings tell, in Korean and English.
	plantedKo, plantedEn string
}{
	{"어제 같은 시간대와 동시접속자, 시스템 사용률 비교해줘", "compare users and load with the same time yesterday",
		[]string{"concurrent_users", "concurrent_users.then"}, "", ""},
	{"지난 주 같은 요일과 동시접속자, 시스템 사용률 비교해줘", "compare users and load with the same weekday last week",
		[]string{"concurrent_users", "concurrent_users.then"}, "", ""},
	{"오늘은 시스템이 왜 이래?", "why is the system like this today?", nil, "shop-payment", "shop-payment"},
	{"누가 오래 접속해 있어?", "who has been connected for long?", []string{"least"}, "", ""},
	{"서버를 더 늘려야 해?", "do we need more servers?", []string{"memory"}, "", ""},
	{"이번 주 보고서 써줘", "write this week's report", []string{"visits", "requests"}, "", ""},
	{"어느 지역이 제일 바빠?", "which region is busiest?", []string{"region.1", "region.2"}, "부산", "Busan"},
}

// askEvery keeps fourteen questions below the requests a second that the assistant takes of one client.
const askEvery = 2 * time.Second

// asker asks the seven until each was answered right in both languages, and watches how much memory that takes.
type asker struct {
	began   time.Time
	process *collector.Process
	client  askclient.Client

	open     []query.Question // not yet answered
	checks   map[string]func(*answer.Answer) bool
	answered time.Time
	resident uint64
}

func newAsker(began time.Time, process *collector.Process, page string) *asker {
	a := &asker{began: began, process: process, client: askclient.Client{URL: strings.TrimSuffix(page, "/")}, checks: map[string]func(*answer.Answer) bool{}}
	for _, q := range seven {
		for text, planted := range map[string]string{q.ko: q.plantedKo, q.en: q.plantedEn} {
			a.open = append(a.open, query.Question{Text: text})
			a.checks[text] = func(got *answer.Answer) bool { return right(got, q.facts, planted) }
		}
	}
	return a
}

// right reports whether an answer tells what it must.
func right(a *answer.Answer, facts []string, planted string) bool {
	if a.Outcome != answer.OutcomeAnswer {
		return false
	}
	values := map[string]float64{}
	for i := range a.Facts {
		values[a.Facts[i].ID] = a.Facts[i].Value
	}
	for _, id := range facts {
		if values[id] <= 0 {
			return false
		}
	}
	told := []string{a.Headline.String()}
	for i := range a.Findings {
		told = append(told, a.Findings[i].Text.String())
	}
	return strings.Contains(strings.Join(told, "\n"), planted)
}

// run asks what is open, again and again, until ctx is done; then it goes on watching the memory only.
func (a *asker) run(ctx context.Context) {
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if usage, err := a.process.Usage(); err == nil {
			a.resident = max(a.resident, usage.RSSBytes)
		}
		if len(a.open) > 0 {
			a.ask(ctx)
		}
	}
}

func (a *asker) ask(ctx context.Context) {
	var open []query.Question
	for _, q := range a.open {
		var got answer.Answer
		body, err := a.client.Ask(ctx, q)
		if err != nil || json.Unmarshal(body, &got) != nil || !a.checks[q.Text](&got) {
			open = append(open, q)
		}
	}
	if a.open = open; len(open) == 0 {
		a.answered = time.Now()
	}
}

// String says when all were answered, or which were not.
func (a *asker) String() string {
	memory := fmt.Sprintf("at most %d MiB resident", a.resident>>20)
	if !a.answered.IsZero() {
		return fmt.Sprintf("all seven questions answered in both languages %v after the collector was started; %s",
			a.answered.Sub(a.began).Round(100*time.Millisecond), memory)
	}
	var open []string
	for _, q := range a.open {
		open = append(open, q.Text)
	}
	return fmt.Sprintf("not answered yet: %s; %s", strings.Join(open, " / "), memory)
}
