package narrate

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/answer"
)

// ground is an answer about users up by 12 %, processor load down by 8 % but above what is usual, memory nearly as it was,
// and three regions of which Busan is the busiest.
func ground() *Ground {
	usual := &answer.Band{Low: 30, Median: 35, High: 40}
	return &Ground{
		Facts: []answer.Fact{
			{ID: "f1", Name: "concurrent users", Value: 1284, Unit: "{user}", Text: "1,284", Then: "f2", Change: "f3"},
			{ID: "f2", Name: "concurrent users yesterday", Value: 1146, Unit: "{user}", Text: "1,146"},
			{ID: "f3", Name: "concurrent users, change", Value: 12, Unit: "%", Text: "+12 %"},
			{ID: "f4", Name: "cpu", Value: 46, Unit: "%", Text: "46 %", Then: "f5", Change: "f6", Usual: usual},
			{ID: "f5", Name: "cpu yesterday", Value: 50, Unit: "%", Text: "50 %"},
			{ID: "f6", Name: "cpu, change", Value: -8, Unit: "%", Text: "−8 %"},
			{ID: "f7", Name: "memory", Value: 61, Unit: "%", Text: "61 %", Then: "f8"},
			{ID: "f8", Name: "memory yesterday", Value: 61, Unit: "%", Text: "61 %"},
			{ID: "r1", Among: "regions", Name: "users in busan", Value: 700, Unit: "{user}", Text: "700"},
			{ID: "r2", Among: "regions", Name: "users in seoul", Value: 500, Unit: "{user}", Text: "500"},
			{ID: "r3", Among: "regions", Name: "users in jeju", Value: 84, Unit: "{user}", Text: "84"},
			{ID: "p1", Name: "probability that memory passes its limit", Value: 85, Unit: "%", Text: "85 %"},
		},
		Names:   []string{"payment", "web-01", "Busan", "부산", "결제"},
		Foreign: []string{"order", "db-01", "Seoul", "서울", "Jeju", "제주", "주문", "payment"},
	}
}

// good are drafts that say what the facts say.
var good = map[string]string{
	"There are {{f1}} users, {{f3|abs}} more than at the same time yesterday.": "There are 1,284 users, 12 % more than at the same time yesterday.",
	"Users rose by {{f3|abs}}, while CPU fell by {{f6|abs}} to {{f4}}.":        "Users rose by 12 %, while CPU fell by 8 % to 46 %.",
	"CPU of payment on web-01 is above its usual range at {{f4}}.":             "CPU of payment on web-01 is above its usual range at 46 %.",
	"There are {{f1}} users. Memory is at {{f7}}.":                             "There are 1,284 users. Memory is at 61 %.",
	"Memory is unchanged at {{f7}}.":                                           "Memory is unchanged at 61 %.",
	"Busan is the busiest with {{r1}} users.":                                  "Busan is the busiest with 700 users.",
	"Memory passes its limit with probability {{p1}}.":                         "Memory passes its limit with probability 85 %.",
	"동시 접속자는 {{f1}}명으로 어제 같은 시간대보다 {{f3|abs}} 늘었고, CPU는 {{f6|abs}} 줄었습니다.":     "동시 접속자는 1,284명으로 어제 같은 시간대보다 12 % 늘었고, CPU는 8 % 줄었습니다.",
	"접속자는 {{f3|abs}} 증가했지만 CPU는 {{f6|abs}} 감소했습니다.":                            "접속자는 12 % 증가했지만 CPU는 8 % 감소했습니다.",
	"결제의 web-01 CPU가 {{f4}}로 평소보다 높습니다.":                                       "결제의 web-01 CPU가 46 %로 평소보다 높습니다.",
	"메모리는 {{f7}}로 어제와 비슷합니다.":                                                  "메모리는 61 %로 어제와 비슷합니다.",
	"부산의 접속자가 {{r1}}명으로 가장 많습니다.":                                              "부산의 접속자가 700명으로 가장 많습니다.",
	"메모리가 한도를 넘을 확률은 {{p1}}입니다.":                                               "메모리가 한도를 넘을 확률은 85 %입니다.",
}

func TestRender_GroundedDraft_HasItsFigures(t *testing.T) {
	for draft, want := range good {
		text, err := ground().Render(draft)
		require.NoError(t, err, draft)
		assert.Equal(t, want, text.String())
	}
}

func TestRender_KeepsWhichPieceIsWhichFact(t *testing.T) {
	text, err := ground().Render("There are {{f1}} users.")
	require.NoError(t, err)
	assert.Equal(t, answer.Text{{Text: "There are "}, {Text: "1,284", Fact: "f1"}, {Text: " users."}}, text)
}

func TestRender_Ungrounded_IsRefusedWithItsReason(t *testing.T) {
	for draft, want := range map[string]Reason{
		"":                                   ReasonLength,
		strings.Repeat("users ", 300):        ReasonLength,
		"There are {{f9}} users.":            ReasonReference,
		"There are {{f1 users.":              ReasonReference,
		"There are {{f1|loud}} users.":       ReasonReference,
		"There are 1,284 users.":             ReasonNumber,
		"There are １２ users.":                ReasonNumber,
		"There are ② users.":                 ReasonNumber,
		"There are Ⅻ users.":                 ReasonNumber,
		"There are 三百 users.":                ReasonNumber,
		"There are twice as many users.":     ReasonNumber,
		"Half of the users left.":            ReasonNumber,
		"There are twenty-one users.":        ReasonNumber,
		"접속자가 두 배입니다.":                       ReasonNumber,
		"접속자가 절반입니다.":                        ReasonNumber,
		"접속자가 삼백명입니다.":                       ReasonNumber,
		"접속자가 수백 명입니다.":                      ReasonNumber,
		"서버 다섯 대가 있습니다.":                     ReasonNumber,
		"Users fell by {{f3|abs}}.":          ReasonDirection,
		"접속자가 {{f3|abs}} 감소했습니다.":            ReasonDirection,
		"Users rose.":                        ReasonDirection,
		"CPU rose to {{f4}}.":                ReasonDirection,
		"CPU is below its usual at {{f4}}.":  ReasonDirection,
		"Users did not fall by {{f3|abs}}.":  ReasonDirection,
		"The fewest users are here: {{r1}}.": ReasonDirection,
		"Users are unchanged at {{f1}}.":     ReasonDirection,
		"부산의 접속자가 {{r1}}명으로 가장 적습니다.":        ReasonDirection,
		"Busan is the quietest with {{r1}}.": ReasonDirection,
		"Users are highest at {{f1}}.":       ReasonDirection,
		"Of order there are {{f1}} users.":   ReasonName,
		"서울의 접속자는 {{f1}}명입니다.":               ReasonName,
		"On db-01 CPU is at {{f4}}.":         ReasonName,
		"On cache_main CPU is at {{f4}}.":    ReasonName,
		"In Daegu there are {{f1}} users.":   ReasonName,
		"CPU is at {{f1}}.":                  ReasonMetric,
		"접속자는 {{f4}}입니다.":                    ReasonMetric,
		"There are <b>{{f1}}</b> users.":     ReasonMarkup,
		"See https://example.org":            ReasonMarkup,
		"There are {{f1}}\u202e users.":      ReasonMarkup,
		"There are {{f1}} us\u200bers.":      ReasonMarkup,
	} {
		_, err := ground().Render(draft)
		var refused *UngroundedError
		if assert.ErrorAs(t, err, &refused, draft) {
			assert.Equal(t, want, refused.Reason, "%s: %v", draft, err)
		}
	}
}

func FuzzRender(f *testing.F) {
	for draft := range good {
		f.Add(draft)
	}
	f.Add("{{{{f1}}}}")
	f.Add("{{|abs}}")
	f.Fuzz(func(t *testing.T, draft string) {
		text, err := ground().Render(draft)
		var refused *UngroundedError
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("another error: %v", err)
		}
		for _, piece := range text {
			if piece.Fact == "" && strings.ContainsAny(strings.NewReplacer("web-01", "", "p50", "", "p90", "", "p95", "", "p99", "").Replace(strings.ToLower(piece.Text)), "0123456789") {
				t.Fatalf("a digit of its own in %q", piece.Text)
			}
		}
	})
}
