package wording

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Language is "ko" or "en".
type Language string

// The languages.
const (
	Korean  Language = "ko"
	English Language = "en"
)

// Units that answers know how to write besides UCUM's own annotations.
const (
	Percent = "%"
	Points  = "{percentage_point}"
)

// minus is the sign of negative figures.
const minus = "−"

// counters follow a count, by the annotation of its unit: Korean, English singular and plural.
var counters = map[string][3]string{
	"{user}": {"명", " user", " users"}, "{session}": {"개", " session", " sessions"}, "{request}/s": {"건/초", " req/s", " req/s"},
	"{event}": {"건", " event", " events"}, "{incident}": {"건", " incident", " incidents"}, "{alert}": {"건", " alert", " alerts"},
	"{attempt}": {"회", " attempt", " attempts"}, "{service}": {"개", " service", " services"}, "{action}": {"건", " action", " actions"},
	"{api}": {"개", " API", " APIs"}, "{host}": {"대", " host", " hosts"}, "{region}": {"곳", " region", " regions"},
	"{time}": {"배", " times", " times"}, "{anomaly}": {"건", " anomaly", " anomalies"}, "{failure}": {"건", " failure", " failures"},
	"{span}": {"개", " span", " spans"}, "{trace}": {"건", " trace", " traces"}, "{report}": {"건", " report", " reports"},
	"{login}": {"회", " log-in", " log-ins"}, "{page}": {"개", " page", " pages"}, "{objective}": {"개", " objective", " objectives"},
	"{document}": {"개", " document", " documents"}, "{request}": {"건", " request", " requests"},
	"{order}": {"건", " order", " orders"}, "{flood}": {"건", " flood", " floods"},
}

// Figure writes a value with its unit, a UCUM unit, one of those above or an ISO 4217 currency.
func Figure(v float64, unit string, lang Language) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case unit == "s":
		return seconds(v, lang)
	case unit == "ms":
		return seconds(v/1000, lang)
	case unit == "By" || unit == "By/s":
		return bytes(v) + strings.TrimPrefix(unit, "By")
	case unit == Percent:
		return percent(v) + " %"
	case unit == Points:
		if lang == Korean {
			return decimal(v, 1) + " %p"
		}
		return decimal(v, 1) + " pp"
	case currency(unit):
		return money(v, unit)
	}
	if c, ok := counters[unit]; ok {
		return counted(v, c, lang)
	}
	return number(v)
}

// Signed writes a change: always with its sign.
func Signed(v float64, unit string, lang Language) string {
	text := Figure(v, unit, lang)
	if v > 0 && !strings.HasPrefix(text, "+") {
		return "+" + text
	}
	return text
}

// percent writes a share: with one decimal, with none where it is many times the whole, and with as many as tell it from
// the whole where it is nearly that, as availability is.
func percent(v float64) string {
	switch {
	case v >= 1000 || v <= -1000:
		return decimal(v, 0)
	case v > 0 && v < 0.1:
		return decimal(v, 2)
	case v >= 99.9 && v < 100:
		return decimal(v, 3)
	case v >= 99 && v < 100:
		return decimal(v, 2)
	}
	return decimal(v, 1)
}

func counted(v float64, c [3]string, lang Language) string {
	text := number(v)
	switch {
	case lang == Korean:
		return text + c[0]
	case v == 1:
		return text + c[1]
	}
	return text + c[2]
}

// number writes a value with three significant figures at least, thousands apart.
func number(v float64) string {
	switch a := math.Abs(v); {
	case v == math.Trunc(v) || a >= 100:
		return decimal(v, 0)
	case a >= 10:
		return trimmed(decimal(v, 1))
	case a >= 0.01:
		return trimmed(decimal(v, 2))
	}
	return trimmed(decimal(v, 4))
}

func trimmed(text string) string {
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// decimal writes a value with so many decimals and commas between thousands.
func decimal(v float64, places int) string {
	text := strconv.FormatFloat(math.Abs(v), 'f', places, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if v < 0 && strings.Trim(whole, "0.,") != "" {
		return minus + whole
	}
	return whole
}

// bytes writes a size in powers of a thousand.
func bytes(v float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB"}
	i := 0
	for ; math.Abs(v) >= 1000 && i < len(units)-1; i++ {
		v /= 1000
	}
	return number(v) + " " + units[i]
}

func currency(unit string) bool {
	if len(unit) != 3 {
		return false
	}
	for _, r := range unit {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return true
}

var symbols = map[string]string{"KRW": "₩", "USD": "$", "EUR": "€", "JPY": "¥"}

func money(v float64, unit string) string {
	sign := ""
	if v < 0 {
		sign = minus
	}
	if symbol, ok := symbols[unit]; ok {
		return sign + symbol + decimal(math.Abs(v), 0)
	}
	return sign + decimal(math.Abs(v), 0) + " " + unit
}

// seconds writes a length of time in at most two units.
func seconds(v float64, lang Language) string {
	a := math.Abs(v)
	sign := ""
	if v < 0 {
		sign = minus
	}
	if a < 1 {
		return sign + number(math.Round(a*1e5)/100) + " ms"
	}
	if a < 60 {
		if lang == Korean {
			return sign + number(a) + "초"
		}
		return sign + number(a) + " s"
	}
	d := time.Duration(a * float64(time.Second)).Round(time.Second)
	days, hours, minutes, rest := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60, int(d.Seconds())%60
	words := [4]string{" d", " h", " min", " s"}
	if lang == Korean {
		words = [4]string{"일", "시간", "분", "초"}
	}
	var parts []string
	for i, n := range [4]int{days, hours, minutes, rest} {
		if n > 0 || len(parts) == 1 {
			if n > 0 {
				parts = append(parts, strconv.Itoa(n)+words[i])
			}
			if len(parts) == 2 || len(parts) == 1 && n == 0 {
				break
			}
		}
	}
	return sign + strings.Join(parts, " ")
}

// Clock writes a time as readers of a log do; with its date where that is not today's.
func Clock(at, now time.Time) string {
	if at.Year() == now.Year() && at.YearDay() == now.YearDay() {
		return at.Format("15:04")
	}
	return at.Format("01-02 15:04")
}

// Interval writes a span of time.
func Interval(start, end, now time.Time) string {
	if start.Year() == end.Year() && start.YearDay() == end.YearDay() {
		return Clock(start, now) + "–" + end.Format("15:04")
	}
	if start.Hour() == 0 && start.Minute() == 0 && end.Hour() == 0 && end.Minute() == 0 {
		last := end.AddDate(0, 0, -1)
		if last.Equal(start) {
			return start.Format("01-02")
		}
		return start.Format("01-02") + "–" + last.Format("01-02")
	}
	return start.Format("01-02 15:04") + "–" + end.Format("01-02 15:04")
}
