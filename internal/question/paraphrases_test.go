package question

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// seoul is UTC+9 without the zone database.
var seoul = time.FixedZone("Asia/Seoul", 9*60*60)

// wednesday is the moment the questions of testdata are asked at.
var wednesday = time.Date(2026, 11, 18, 14, 30, 0, 0, seoul)

// shop is the catalogue the questions of testdata are asked against.
var shop = Catalogue{
	Services: []Name{
		{ID: "payment", Aliases: []string{"결제", "payments"}}, {ID: "order", Aliases: []string{"주문", "orders"}},
		{ID: "auth", Aliases: []string{"인증", "로그인", "login", "authentication"}}, {ID: "search", Aliases: []string{"검색"}},
		{ID: "checkout"}, {ID: "product", Aliases: []string{"상품", "products"}},
	},
	Regions: []Name{
		{ID: "seoul", Aliases: []string{"서울"}}, {ID: "busan", Aliases: []string{"부산"}}, {ID: "daegu", Aliases: []string{"대구"}},
		{ID: "incheon", Aliases: []string{"인천"}}, {ID: "gwangju", Aliases: []string{"광주"}}, {ID: "daejeon", Aliases: []string{"대전"}},
		{ID: "ulsan", Aliases: []string{"울산"}}, {ID: "sejong", Aliases: []string{"세종"}}, {ID: "jeju", Aliases: []string{"제주"}},
	},
	Hosts:    []Name{{ID: "web-01"}, {ID: "web-02"}, {ID: "web-03"}, {ID: "db-01"}},
	Channels: []Name{{ID: "web", Aliases: []string{"웹"}}, {ID: "mobile", Aliases: []string{"모바일"}}},
	Pages:    []Name{{ID: "/", Aliases: []string{"메인", "메인 페이지", "main page", "home page", "landing page", "첫 화면"}}, {ID: "/product", Aliases: []string{"상품 페이지", "상품 화면", "product page"}}},
}

// A paraphrase is one line of a file of testdata.
type paraphrase struct {
	line    int
	text    string
	intent  Intent
	outcome Outcome
	want    map[string]string
}

// batches are the files of testdata, each written before anything in it was measured.
func batches(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func paraphrases(t testing.TB) []paraphrase {
	var out []paraphrase
	for _, path := range batches(t) {
		out = append(out, batch(t, path)...)
	}
	return out
}

func batch(t testing.TB, path string) []paraphrase {
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	var out []paraphrase
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		text, rest, ok := strings.Cut(lines.Text(), "|")
		if !ok || strings.HasPrefix(text, "#") {
			continue
		}
		fields := strings.Fields(rest)
		require.NotEmpty(t, fields, "line %d", n)
		p := paraphrase{line: n, text: strings.TrimSpace(text), intent: Intent(fields[0]), outcome: OutcomeAnswer, want: map[string]string{}}
		for _, field := range fields[1:] {
			name, value, ok := strings.Cut(field, "=")
			require.True(t, ok, "line %d: %s", n, field)
			p.want[name] = value
		}
		if p.intent == "decline" {
			p.intent, p.outcome = "", OutcomeDecline
		} else if p.want["out"] != "" {
			p.outcome = Outcome(p.want["out"])
		}
		delete(p.want, "out")
		out = append(out, p)
	}
	return out
}

// differs gives what a reading has wrong, "" if nothing.
func (p *paraphrase) differs(q Query) string {
	if q.Outcome != p.outcome || q.Intent != p.intent {
		return fmt.Sprintf("intent %s %s", q.Outcome, q.Intent)
	}
	if q.Outcome == OutcomeDecline {
		return ""
	}
	var wrong []string
	got := map[string]string{"time": q.Time.String(), "cmp": q.Compare.String(), "metrics": strings.Join(slices.Sorted(slices.Values(q.Metrics)), ",")}
	for _, pair := range q.Filters.pairs() {
		got["f."+pair[0]] = pair[1]
		if p.want["f."+pair[0]] == "" {
			wrong = append(wrong, "added "+pair[0]+"="+pair[1])
		}
	}
	for name, value := range q.Args.Map() {
		got[name] = fmt.Sprint(value)
	}
	for name, value := range p.want {
		if name == "metrics" {
			value = strings.Join(slices.Sorted(strings.SplitSeq(value, ",")), ",")
		}
		if got[name] != value && !(name == "time" && value == "default") {
			wrong = append(wrong, fmt.Sprintf("%s=%s want %s", name, got[name], value))
		}
	}
	slices.Sort(wrong)
	return strings.Join(wrong, "; ")
}

// The share of paraphrases read exactly, of declines made and of wrong declines has to stay above what was reached.
func TestParaphrases_EachBatch_ReachesTheBar(t *testing.T) {
	parser, err := NewParser(shop)
	require.NoError(t, err)
	for _, path := range batches(t) {
		t.Run(filepath.Base(path), func(t *testing.T) { reachesTheBar(t, parser, batch(t, path)) })
	}
}

func reachesTheBar(t *testing.T, parser *Parser, all []paraphrase) {
	var asked, exact, intents, wrongDeclines, outside, declined int
	for _, p := range all {
		q, err := parser.Parse(p.text, wednesday)
		require.NoError(t, err)
		wrong := p.differs(q)
		if wrong != "" {
			t.Logf("line %d: %s: %s %s %v", p.line, p.text, wrong, q.Reason, q.Unknown)
		}
		if p.outcome == OutcomeDecline {
			outside++
			if wrong == "" {
				declined++
			}
			continue
		}
		asked++
		if wrong == "" {
			exact++
		}
		if q.Intent == p.intent && q.Outcome == p.outcome {
			intents++
		}
		if q.Outcome == OutcomeDecline {
			wrongDeclines++
		}
	}
	percent := func(n, of int) float64 {
		f, _ := strconv.ParseFloat(fmt.Sprintf("%.1f", 100*float64(n)/float64(of)), 64)
		return f
	}
	t.Logf("%d asked: intent %.1f%% exact %.1f%% wrongly declined %.1f%%; %d outside: declined %.1f%%",
		asked, percent(intents, asked), percent(exact, asked), percent(wrongDeclines, asked), outside, percent(declined, outside))
	assert.GreaterOrEqual(t, percent(intents, asked), 99.0, "intent")
	assert.GreaterOrEqual(t, percent(exact, asked), 98.0, "exact")
	assert.LessOrEqual(t, percent(wrongDeclines, asked), 1.0, "wrongly declined")
	assert.GreaterOrEqual(t, percent(declined, outside), 98.0, "declined")
}
