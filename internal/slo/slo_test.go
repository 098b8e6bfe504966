package slo

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const good = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: pay
  displayName: Pay
spec:
  service: shop
  indicator:
    metadata: {name: x}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Braid, spec: {faster_than: 500ms, operation: POST /pay}}}
        total: {metricSource: {type: Prometheus, spec: {query: "sum(increase(a_total[$window]))"}}}
  timeWindow:
    - {duration: 28d, isRolling: true}
  budgetingMethod: Occurrences
  objectives:
    - target: 0.995
`

func TestParse_OpenSLO_IsRead(t *testing.T) {
	o, err := Parse("pay.yaml", 1, []byte(good))
	require.NoError(t, err)
	assert.Equal(t, &Objective{
		Name: "pay", Title: "Pay", Service: "shop", Target: 0.995, Window: Window{Length: 28 * day}, File: "pay.yaml",
		Good: Indicator{Own: true, FasterThan: 500 * time.Millisecond, Operation: "POST /pay"}, Total: Indicator{Query: "sum(increase(a_total[$window]))"},
	}, o)
	o, err = Parse("x.yaml", 1, []byte("apiVersion: openslo/v1\nkind: AlertPolicy\n"))
	require.NoError(t, err)
	assert.Nil(t, o, "another kind is another's")
}

func TestParse_Mistake_NamesTheFieldAndTheFix(t *testing.T) {
	for _, c := range []struct{ was, is, want string }{
		{"openslo/v1", "openslo/v2", `pay.yaml:11: apiVersion: "openslo/v2" is not openslo/v1`},
		{"name: pay", "name: Pay me", `pay.yaml:14: metadata::name: "Pay me" is no name`},
		{"  service: shop\n", "", "spec::service: is missing"},
		{"target: 0.995", "target: 99.5", "pay.yaml:29: spec::objectives::0::target: 99.5 is above 1; for percent write targetPercent: 99.5"},
		{"target: 0.995", "target: 1", "is not between 0 and 1"},
		{"target: 0.995", "op: lte", "spec::objectives::0::target: is missing"},
		{"target: 0.995", "target: many", "cannot unmarshal"},
		{"28d", "a month", `spec::timeWindow::0::duration: "a month" is no duration such as 28d`},
		{"28d", "5m", "is not between 1h and 2Y"},
		{", isRolling: true", "", "needs isRolling: true, or a calendar"},
		{"isRolling: true", `calendar: {startTime: now, timeZone: Asia/Seoul}`, "startTime: \"now\" is no time such as"},
		{"isRolling: true", `calendar: {startTime: "2026-01-01 00:00:00", timeZone: Mars}`, "timeZone: \"Mars\" is not an IANA"},
		{"[$window]", "[5m]", "spec::indicator::spec::ratioMetric::total::metricSource::spec::query: holds no $window"},
		{"500ms", "quickly", `faster_than: "quickly" is no duration`},
		{"faster_than: 500ms", "outcome: fine", `outcome: "fine" is neither success nor failure`},
		{"type: Braid", "type: Datadog", `good::metricSource::type: "Datadog" is neither Prometheus nor Braid`},
		{"        good:", "        god:", "needs either good or bad beside total"},
		{"ratioMetric", "thresholdMetric", "ratioMetric: is missing"},
		{"Occurrences", "Timeslices", "spec::budgetingMethod"},
		{"  indicator:", "  indicatorRef: other\n  other:", "spec::indicatorRef: is not supported"},
		{"metadata:\n", "metadata: [\n", "document: "},
	} {
		text := strings.Replace(good, c.was, c.is, 1)
		require.NotEqual(t, good, text)
		_, err := Parse("pay.yaml", 11, []byte(text))
		require.ErrorContains(t, err, c.want)
		var field *FieldError
		assert.ErrorAs(t, err, &field)
	}
}

func TestWindow_Calendar_BeginsWhereItShould(t *testing.T) {
	seoul := time.FixedZone("Asia/Seoul", 9*3600)
	at := time.Date(2026, 11, 18, 14, 30, 0, 0, seoul)
	from, to := Window{Months: 1, From: time.Date(2026, 1, 1, 0, 0, 0, 0, seoul)}.At(at)
	assert.Equal(t, "2026-11-01 2026-12-01", from.Format(time.DateOnly)+" "+to.Format(time.DateOnly))
	from, to = Window{Months: 3, From: time.Date(2026, 2, 15, 0, 0, 0, 0, seoul)}.At(at)
	assert.Equal(t, "2026-11-15 2027-02-15", from.Format(time.DateOnly)+" "+to.Format(time.DateOnly))
	from, to = Window{Days: 7, From: time.Date(2026, 11, 2, 0, 0, 0, 0, seoul)}.At(at)
	assert.Equal(t, "2026-11-16 2026-11-23", from.Format(time.DateOnly)+" "+to.Format(time.DateOnly))
	from, to = Window{Length: time.Hour}.At(at)
	assert.Equal(t, time.Hour, to.Sub(from))
}

func TestJudge_Budget_IsWhatIsLeft(t *testing.T) {
	o := &Objective{Target: 0.99, Window: Window{Length: 30 * day}}
	fine := Counts{Good: 995, Total: 1000}
	s := o.Judge(fine, 30*day, nil)
	assert.InDelta(t, 0.995, s.Reached, 1e-9)
	assert.InDelta(t, 0.5, s.Left, 1e-9)
	assert.Equal(t, Fine, s.Severity)
	assert.Zero(t, s.Exhausted)

	burning := Counts{Good: 800, Total: 1000} // 20 times
	s = o.Judge(fine, 30*day, map[time.Duration]Counts{5 * time.Minute: burning, time.Hour: burning})
	assert.Equal(t, Page, s.Severity)
	assert.InDelta(t, 14.4, s.Because.Factor(30*day), 1e-9)
	assert.InDelta(t, float64(18*time.Hour), float64(s.Exhausted), float64(time.Second), "half a budget at 20 times its pace")

	s = o.Judge(fine, 30*day, map[time.Duration]Counts{5 * time.Minute: {Good: 10, Total: 10}, time.Hour: burning})
	assert.Equal(t, Fine, s.Severity, "over already")
	slow := Counts{Good: 970, Total: 1000} // 3 times
	s = o.Judge(fine, 30*day, map[time.Duration]Counts{2 * time.Hour: slow, 24 * time.Hour: slow, 6 * time.Hour: slow, 72 * time.Hour: slow})
	assert.Equal(t, Ticket, s.Severity)

	s = o.Judge(Counts{}, day, nil)
	assert.True(t, math.IsNaN(s.Reached))
	assert.InDelta(t, 1, s.Left, 0, "nothing happened, nothing is used")
	s = o.Judge(Counts{Good: 0, Total: 5}, day, nil)
	assert.InDelta(t, -99, s.Left, 1e-9)

	month := &Objective{Target: 0.99, Window: Window{Length: 30 * day, Months: 1}}
	assert.InDelta(t, 0.9, month.Judge(Counts{Good: 99, Total: 100}, 3*day, nil).Left, 1e-9, "a tenth of the month at the pace of 1")
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add("apiVersion: openslo/v1\nkind: SLO\nspec: {timeWindow: [{duration: 1M, calendar: {startTime: '2026-01-31 00:00:00', timeZone: Asia/Seoul}}]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := Parse("a.yaml", 1, []byte(text))
		if err != nil || o == nil {
			return
		}
		at := time.Date(2026, 11, 18, 14, 30, 0, 0, time.UTC)
		from, to := o.Window.At(at)
		assert.True(t, to.After(from))
		s := o.Judge(Counts{Good: 1, Total: 2}, time.Hour, nil)
		assert.False(t, math.IsNaN(s.Left))
	})
}
