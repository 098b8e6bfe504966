package question

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func moment(t testing.TB, text string, zone *time.Location) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	require.NoError(t, err)
	return at
}

// Each expression is asked as "… 에러율" or "error rate …", on the Wednesday of the other tests.
func TestDates_EachExpression_ResolvesAsMeant(t *testing.T) {
	parser, err := NewParser(shop)
	require.NoError(t, err)
	for _, tt := range []struct{ text, canonical, start, end string }{
		{"지금 에러율", "now", "2026-11-18 14:25", "2026-11-18 14:30"},
		{"오늘 에러율", "today", "2026-11-18 00:00", "2026-11-18 14:30"},
		{"그저께 에러율", "day:-2", "2026-11-16 00:00", "2026-11-17 00:00"},
		{"3일 전 에러율", "day:-3", "2026-11-15 00:00", "2026-11-16 00:00"},
		{"2주 전 에러율", "day:-14", "2026-11-04 00:00", "2026-11-05 00:00"},
		{"두 시간 전 에러율", "ago:PT2H", "2026-11-18 12:25", "2026-11-18 12:30"},
		{"두 시간 전부터 에러율", "last:PT2H", "2026-11-18 12:30", "2026-11-18 14:30"},
		{"최근 30분 에러율", "last:PT30M", "2026-11-18 14:00", "2026-11-18 14:30"},
		{"지난 사흘 에러율", "last:P3D", "2026-11-15 14:30", "2026-11-18 14:30"},
		{"최근 일주일 에러율", "last:P7D", "2026-11-11 14:30", "2026-11-18 14:30"},
		{"이번 주 에러율", "this_week", "2026-11-16 00:00", "2026-11-18 14:30"},
		{"지지난주 에러율", "week:-2", "2026-11-02 00:00", "2026-11-09 00:00"},
		{"지난 주말 에러율", "weekend:-1", "2026-11-14 00:00", "2026-11-16 00:00"},
		{"지난주 금요일 에러율", "date:2026-11-13", "2026-11-13 00:00", "2026-11-14 00:00"},
		{"지난 금요일 에러율", "weekday:fri:-1", "2026-11-13 00:00", "2026-11-14 00:00"},
		{"지난 수요일 에러율", "weekday:wed:-1", "2026-11-11 00:00", "2026-11-12 00:00"},
		{"이번 주 월요일 에러율", "date:2026-11-16", "2026-11-16 00:00", "2026-11-17 00:00"},
		{"지난달 에러율", "last_month", "2026-10-01 00:00", "2026-11-01 00:00"},
		{"지난 분기 에러율", "last_quarter", "2026-07-01 00:00", "2026-10-01 00:00"},
		{"올해 에러율", "this_year", "2026-01-01 00:00", "2026-11-18 14:30"},
		{"11월 3일 에러율", "date:2026-11-03", "2026-11-03 00:00", "2026-11-04 00:00"},
		{"12월 25일 에러율", "date:2025-12-25", "2025-12-25 00:00", "2025-12-26 00:00"},
		{"2월 29일 에러율", "date:2024-02-29", "2024-02-29 00:00", "2024-03-01 00:00"},
		{"15일에 에러율", "date:2026-11-15", "2026-11-15 00:00", "2026-11-16 00:00"},
		{"25일에 에러율", "date:2026-10-25", "2026-10-25 00:00", "2026-10-26 00:00"},
		{"10월 에러율", "last_month", "2026-10-01 00:00", "2026-11-01 00:00"},
		{"2026-11-01 에러율", "date:2026-11-01", "2026-11-01 00:00", "2026-11-02 00:00"},
		{"11/2 에러율", "date:2026-11-02", "2026-11-02 00:00", "2026-11-03 00:00"},
		{"월요일부터 수요일까지 에러율", "date:2026-11-16..date:2026-11-18", "2026-11-16 00:00", "2026-11-18 14:30"},
		{"11월 1일부터 3일까지 에러율", "date:2026-11-01..date:2026-11-03", "2026-11-01 00:00", "2026-11-04 00:00"},
		{"어제부터 에러율", "since:yesterday", "2026-11-17 00:00", "2026-11-18 14:30"},
		{"오늘 오전 9시부터 11시까지 에러율", "today@09:00-11:00", "2026-11-18 09:00", "2026-11-18 11:00"},
		{"오전 9~11시 에러율", "today@09:00-11:00", "2026-11-18 09:00", "2026-11-18 11:00"},
		{"오후 1시부터 2시 반까지 에러율", "today@13:00-14:30", "2026-11-18 13:00", "2026-11-18 14:30"},
		{"어제 오후 3시 에러율", "yesterday@15:00", "2026-11-17 15:00", "2026-11-17 16:00"},
		{"어젯밤 에러율", "yesterday@21:00-24:00", "2026-11-17 21:00", "2026-11-18 00:00"},
		{"오늘 새벽 에러율", "today@00:00-06:00", "2026-11-18 00:00", "2026-11-18 06:00"},
		{"저녁에 에러율", "yesterday@18:00-21:00", "2026-11-17 18:00", "2026-11-17 21:00"},
		{"2시부터 에러율", "since:today@14:00", "2026-11-18 14:00", "2026-11-18 14:30"},
		{"14시 10분 에러율", "today@14:10", "2026-11-18 14:10", "2026-11-18 15:10"},
		{"error rate in the last 2 hours", "last:PT2H", "2026-11-18 12:30", "2026-11-18 14:30"},
		{"error rate over the past 45 min", "last:PT45M", "2026-11-18 13:45", "2026-11-18 14:30"},
		{"error rate last hour", "last:PT1H", "2026-11-18 13:30", "2026-11-18 14:30"},
		{"error rate last week", "last_week", "2026-11-09 00:00", "2026-11-16 00:00"},
		{"error rate since last monday", "since:weekday:mon:-1", "2026-11-16 00:00", "2026-11-18 14:30"},
		{"error rate since 9am", "since:today@09:00", "2026-11-18 09:00", "2026-11-18 14:30"},
		{"error rate the day before yesterday", "day:-2", "2026-11-16 00:00", "2026-11-17 00:00"},
		{"error rate yesterday at 3pm", "yesterday@15:00", "2026-11-17 15:00", "2026-11-17 16:00"},
		{"error rate at 3pm yesterday", "yesterday@15:00", "2026-11-17 15:00", "2026-11-17 16:00"},
		{"error rate between 9 and 11am", "today@09:00-11:00", "2026-11-18 09:00", "2026-11-18 11:00"},
		{"error rate from 9am to 11am yesterday", "yesterday@09:00-11:00", "2026-11-17 09:00", "2026-11-17 11:00"},
		{"error rate this morning", "today@00:00-12:00", "2026-11-18 00:00", "2026-11-18 12:00"},
		{"error rate on nov 3rd", "date:2026-11-03", "2026-11-03 00:00", "2026-11-04 00:00"},
		{"error rate 3 days ago", "day:-3", "2026-11-15 00:00", "2026-11-16 00:00"},
		{"error rate two weeks ago", "day:-14", "2026-11-04 00:00", "2026-11-05 00:00"},
		{"error rate", "default", "2026-11-18 14:25", "2026-11-18 14:30"},
	} {
		q, err := parser.Parse(tt.text, wednesday)
		require.NoError(t, err)
		assert.Equal(t, tt.canonical, q.Time.String(), tt.text)
		assert.Equal(t, Interval{moment(t, tt.start, seoul), moment(t, tt.end, seoul)}, q.Range, tt.text)
	}
}

func TestComparison_EachShift_KeepsTheElapsedPart(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("no zone database:", err)
	}
	for _, tt := range []struct {
		name, now  string
		zone       *time.Location
		asked      Expr
		shift      Period
		start, end string
	}{
		{"month to date", "2026-11-18 14:30", seoul, Expr{Kind: ExprMonth}, Period{Months: 1}, "2026-10-01 00:00", "2026-10-18 14:30"},
		{"the 31st less a month", "2026-03-31 10:00", seoul, Expr{Kind: ExprNow}, Period{Months: 1}, "2026-02-28 09:55", "2026-02-28 10:00"},
		{"the 31st in a leap year", "2028-03-31 10:00", seoul, Expr{Kind: ExprNow}, Period{Months: 1}, "2028-02-29 09:55", "2028-02-29 10:00"},
		{"a whole month", "2026-11-18 14:30", seoul, Expr{Kind: ExprMonth, N: -1}, Period{Months: 1}, "2026-09-01 00:00", "2026-10-01 00:00"},
		{"a year is 52 weeks", "2026-11-18 14:30", seoul, Expr{Kind: ExprNow}, Period{Years: 1}, "2025-11-19 14:25", "2025-11-19 14:30"},
		{"across the end of summer time", "2026-11-01 14:30", newYork, Expr{Kind: ExprDay}, Period{Days: 1}, "2026-10-31 00:00", "2026-10-31 14:30"},
		{"across its beginning", "2026-03-08 14:30", newYork, Expr{Kind: ExprDay}, Period{Days: 7}, "2026-03-01 00:00", "2026-03-01 14:30"},
	} {
		now := moment(t, tt.now, tt.zone)
		c := Comparison{Kind: CompareShift, Shift: tt.shift}
		got := c.Resolve(tt.asked.Resolve(now), now)
		assert.Equal(t, Interval{moment(t, tt.start, tt.zone), moment(t, tt.end, tt.zone)}, got, tt.name)
	}
}

func TestExpr_Monday_BeginsTheWeek(t *testing.T) {
	for _, now := range []string{"2026-11-16 00:00", "2026-11-18 14:30", "2026-11-22 23:59"} {
		got := Expr{Kind: ExprWeek, N: -1}.Resolve(moment(t, now, seoul))
		assert.Equal(t, Interval{moment(t, "2026-11-09 00:00", seoul), moment(t, "2026-11-16 00:00", seoul)}, got, now)
	}
}

func TestPeriod_Text_ReadsBack(t *testing.T) {
	for _, text := range []string{"P1D", "P7D", "P1M", "P1Y", "PT30M", "PT90M", "PT8H", "PT10S", "P1DT2H"} {
		p, err := parsePeriod(text)
		require.NoError(t, err, text)
		assert.Equal(t, text, p.String())
	}
	for _, text := range []string{"", "P", "7D", "PT", "P7", "P7X", "PTD"} {
		_, err := parsePeriod(text)
		assert.Error(t, err, text)
	}
}
