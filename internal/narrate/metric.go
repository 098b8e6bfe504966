package narrate

import "strings"

// metricSet is a set of metrics that a text speaks of.
type metricSet uint32

// metricWords are the words of each metric, as the beginning of a word.
var metricWords = [][]string{
	{"user", "people", "visitor", "접속자", "사용자", "이용자", "동접", "동시접속", "방문자"},
	{"session", "세션"},
	{"cpu", "씨피유"},
	{"memory", "heap", "메모리", "램", "힙"},
	{"disk", "디스크"},
	{"network", "네트워크"},
	{"throughput", "request", "traffic", "tps", "처리량", "요청", "트래픽"},
	{"latency", "response", "응답", "지연"},
	{"error", "failure", "fail", "오류", "에러", "실패"},
	{"revenue", "money", "매출", "금액"},
	{"alert", "경보", "알림"},
	{"incident", "인시던트", "장애"},
	{"order", "주문"},
	{"payment", "결제"},
	{"probability", "likel", "chance", "확률", "가능성"},
}

func metricOfWord(word string) (set metricSet) {
	for i, stems := range metricWords {
		if hasAnyPrefix(word, stems) {
			set |= 1 << i
		}
	}
	return set
}

func metricsOf(text string) (set metricSet) {
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		set |= metricOfWord(word)
	}
	return set
}

// checkMetrics refuses a fact of one metric in a clause that speaks of others only.
func (g *Ground) checkMetrics(c *clause) error {
	var said metricSet
	for _, word := range c.words {
		said |= metricOfWord(word)
	}
	for _, fact := range c.facts {
		if of := metricsOf(fact.Name); said != 0 && of != 0 && said&of == 0 {
			return &UngroundedError{ReasonMetric, fact.Name}
		}
	}
	return nil
}
