package drafts

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"

	"github.com/braidotel/braid/internal/narrator"
	"github.com/braidotel/braid/internal/query/wording"
)

type sentence struct {
	Point string `json:"point"`
	Text  string `json:"text"`
}

var reference = regexp.MustCompile(`\{\{[a-z]\d+\}\}`)

// mutation plants one thing that the evidence does not say; it reports false where the answer has no place for it.
type mutation struct {
	name  string
	plant func(r *rand.Rand, e *narrator.Evidence, s []sentence) bool
}

// put plants a text at a space of some sentence.
func put(from ...string) func(*rand.Rand, *narrator.Evidence, []sentence) bool {
	return func(r *rand.Rand, _ *narrator.Evidence, s []sentence) bool {
		x := &s[r.IntN(len(s))]
		words := strings.Split(x.Text, " ")
		i := 1 + r.IntN(len(words))
		x.Text = strings.Join(append(append(append([]string{}, words[:i]...), pick(r, from)), words[i:]...), " ")
		return true
	}
}

// instead plants a text in the place of a reference, or after one.
func instead(from ...string) func(*rand.Rand, *narrator.Evidence, []sentence) bool {
	return func(r *rand.Rand, _ *narrator.Evidence, s []sentence) bool {
		x := &s[r.IntN(len(s))]
		ref := reference.FindString(x.Text)
		x.Text = strings.Replace(x.Text, ref, pick(r, from), 1)
		return ref != ""
	}
}

var mutations = []mutation{
	{"a figure for a slot", instead("7", "1,284", "12 %", "42명", "0.5", "３", "⑦", "₩1,000", "two", "세 배", "Ⅳ")},
	{"a figure added", put("7", "1,284", "12 %", "42명", "-3", "٤", "½", "14:30", "2026-11-22", "3배", "v2")},
	{"a number word", put("twice", "half", "dozens of", "three", "a hundred", "double", "두 배", "절반", "수백", "다섯", "세 명", "열두 건", "percent", "퍼센트")},
	{"a unit after a slot", func(r *rand.Rand, e *narrator.Evidence, s []sentence) bool {
		x := &s[r.IntN(len(s))]
		refs := regexp.MustCompile(`\{\{f\d+\}\}`).FindAllString(x.Text, -1)
		if len(refs) == 0 {
			return false
		}
		unit := pick(r, []string{" ms", " users", " %", " hours", " GB", " dollars"})
		if e.Language == wording.Korean {
			unit = pick(r, []string{" 초", "명", " 퍼센트", "배", " GB", "달러"})
		}
		x.Text = strings.Replace(x.Text, refs[0], refs[0]+unit, 1)
		return true
	}},
	{"a slot of another point", func(r *rand.Rand, _ *narrator.Evidence, s []sentence) bool {
		x, y := &s[r.IntN(len(s))], &s[r.IntN(len(s))]
		a, b := reference.FindString(x.Text), reference.FindString(y.Text)
		if a == "" || b == "" || a == b {
			return false
		}
		x.Text = strings.Replace(x.Text, a, b, 1)
		return true
	}},
	{"an unknown slot", func(r *rand.Rand, e *narrator.Evidence, s []sentence) bool {
		return instead(fmt.Sprintf("{{f%d}}", 20+r.IntN(70)), fmt.Sprintf("{{n%d}}", 20+r.IntN(70)), "{{f1|loud}}", "{{}}", "{{f1")(r, e, s)
	}},
	{"another service", instead("order", "payment", "db-main", "cache-7", "10.0.0.7", "Daegu", "redis.local", "결제", "주문이", "search_api")},
	{"another service added", put("order", "at payment", "db-main", "cache-7", "10.0.0.7", "Daegu", "결제", "주문의", "search_api")},
	{"another cause", func(r *rand.Rand, e *narrator.Evidence, s []sentence) bool {
		for i := range s {
			if p := e.Points[i]; strings.HasPrefix(p.Kind, "cause.") {
				own := strings.TrimPrefix(p.Kind, "cause.")
				other := pick(r, causes[:6])
				if other == own {
					return false
				}
				with := map[string][2]string{"cpu": {"CPU", "CPU"}, "memory": {"메모리", "memory"}, "network": {"네트워크", "network"}, "database": {"데이터베이스", "database"}, "deploy": {"배포", "release"}, "traffic": {"트래픽", "traffic"}}
				language := 1
				if e.Language == wording.Korean {
					language = 0
				}
				if own == "unknown" {
					s[i].Text += " " + with[other][language]
					return true
				}
				was := s[i].Text
				s[i].Text = strings.Replace(was, with[own][language], with[other][language], 1)
				return s[i].Text != was
			}
		}
		return false
	}},
	{"another state", func(r *rand.Rand, e *narrator.Evidence, s []sentence) bool {
		open := strings.HasPrefix(e.Points[0].Kind, "incident.open")
		if e.Task != "incident" {
			return false
		}
		with := []string{"It is ongoing.", "and it continues", "아직 진행 중입니다."}
		if open {
			with = []string{"It was resolved.", "and is over now", "이미 복구되었습니다.", "지금은 해결되었습니다."}
		}
		s[0].Text += " " + pick(r, with)
		return true
	}},
	{"a direction", func(r *rand.Rand, e *narrator.Evidence, s []sentence) bool {
		from := []string{"more", "fewer", "rising", "fell", "the highest", "worse", "증가한", "줄어든", "가장 많은", "급증한"}
		if e.Points[0].Kind != "anomaly.below" {
			from = append(from, "lower", "더 낮은")
		}
		i := r.IntN(len(s))
		switch kind := e.Points[i].Kind; {
		case strings.HasSuffix(kind, "_more"):
			from = []string{"fewer", "lower", "fell", "the lowest", "줄어든", "감소한", "더 낮은"}
		case strings.HasSuffix(kind, "_less"):
			from = []string{"more", "higher", "rising", "늘어난", "증가한", "더 높은"}
		case strings.HasPrefix(kind, "report.users"):
			from = []string{"more", "fewer", "rising", "fell", "the lowest", "증가한", "줄어든"} // it is the peak
		}
		return put(from...)(r, e, s[i:i+1])
	}},
	{"a denial", put("not", "never", "no longer", "없이", "아닌", "않은", "못한")},
	{"another time", func(r *rand.Rand, e *narrator.Evidence, s []sentence) bool {
		i := r.IntN(len(s))
		with := []string{"last month", "tomorrow", "on Monday", "지난달", "내일", "새벽에", "월요일"}
		if e.Points[i].Kind != "anomaly.day" {
			with = append(with, "yesterday", "어제")
		}
		s[i].Text += " " + pick(r, with)
		return true
	}},
	{"a severity", put("critical", "catastrophic", "harmless", "심각한", "치명적인", "경미한")},
	{"an order", func(r *rand.Rand, _ *narrator.Evidence, s []sentence) bool {
		s[r.IntN(len(s))].Text += " " + pick(r, []string{"Restart the database now.", "Please roll back.", "Ignore the alerts.", "Approve the pending action.", "서버를 재시작하세요.", "롤백 바랍니다.", "Delete the volume.", "당장 승인하십시오.", "The password should be changed."})
		return true
	}},
	{"an attack", put("hacked", "an attack", "해킹", "공격으로", "breached")},
	{"markup", put("<b>", "https://example.org", "`rm`", "[link](x)", "\u202e", "\u200b", "www.example.org", "![x](y)", "<script>")},
	{"a point left out", func(r *rand.Rand, _ *narrator.Evidence, s []sentence) bool {
		if len(s) < 2 {
			return false
		}
		s[r.IntN(len(s))].Point = "p9"
		return true
	}},
	{"points in each other's place", func(r *rand.Rand, _ *narrator.Evidence, s []sentence) bool {
		i, j := r.IntN(len(s)), r.IntN(len(s))
		s[i].Text, s[j].Text = s[j].Text, s[i].Text
		return i != j
	}},
}
