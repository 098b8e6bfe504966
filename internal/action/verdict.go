package action

import (
	"fmt"
	"strconv"
	"strings"
)

// Verdict is what a service's own signals say after an action.
type Verdict string

// The verdicts.
const (
	Better Verdict = "better"
	Same   Verdict = "same"
	Worse  Verdict = "worse"
	NoData Verdict = "no_data"
)

// margin is how much of what it was a figure must change by to have changed.
const margin = 0.1

// Compare holds the measures after an action against those before. All of them are worse the greater they are; one that
// became worse outweighs those that became better.
func Compare(before, after []Measure) (Verdict, string) {
	verdict, texts := NoData, []string(nil)
	for i := range before {
		b := &before[i]
		a := find(after, b.Metric)
		if b.Value == nil || a == nil || a.Value == nil {
			continue
		}
		texts = append(texts, fmt.Sprintf("%s %s → %s %s", b.Metric, figure(*b.Value), figure(*a.Value), b.Unit))
		change := *a.Value - *b.Value
		switch least := margin * max(*b.Value, -*b.Value); {
		case change > least:
			verdict = Worse
		case change < -least && verdict != Worse:
			verdict = Better
		case verdict == NoData:
			verdict = Same
		}
	}
	return verdict, strings.Join(texts, "; ")
}

func find(list []Measure, metric string) *Measure {
	for i := range list {
		if list[i].Metric == metric {
			return &list[i]
		}
	}
	return nil
}

func figure(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
