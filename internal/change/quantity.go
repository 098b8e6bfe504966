package change

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// dimension is what a quantity measures.
type dimension uint8

const (
	dimNone dimension = iota
	dimTime           // seconds
	dimSize           // bytes
)

// quantity is a number found in a text, in base units.
type quantity struct {
	value float64
	dim   dimension
}

// A number with its unit: 300*time.Millisecond, 15m, 256Mi, 50. The guards keep versions, names and hex digits out.
var quantityPattern = regexp.MustCompile(`(?i)(^|[^\w.])(-?\d+(?:_\d{3})*(?:\.\d+)?)(?:\s*\*\s*time\.(\w+)|\s?(ns|µs|us|ms|sec|seconds?|minutes?|min|hours?|days?|[smhd]|[kmg]i?b|[kmg]i)\b)?($|[^\w.]|\.\s|\.$)`)

var units = map[string]struct {
	dim   dimension
	scale float64
}{
	"nanosecond": {dimTime, 1e-9}, "microsecond": {dimTime, 1e-6}, "millisecond": {dimTime, 1e-3}, "second": {dimTime, 1}, "minute": {dimTime, 60}, "hour": {dimTime, 3600}, "day": {dimTime, 86400},
	"ns": {dimTime, 1e-9}, "us": {dimTime, 1e-6}, "µs": {dimTime, 1e-6}, "ms": {dimTime, 1e-3}, "s": {dimTime, 1}, "sec": {dimTime, 1}, "m": {dimTime, 60}, "min": {dimTime, 60}, "h": {dimTime, 3600}, "d": {dimTime, 86400},
	"kb": {dimSize, 1e3}, "mb": {dimSize, 1e6}, "gb": {dimSize, 1e9}, "kib": {dimSize, 1 << 10}, "mib": {dimSize, 1 << 20}, "gib": {dimSize, 1 << 30}, "ki": {dimSize, 1 << 10}, "mi": {dimSize, 1 << 20}, "gi": {dimSize, 1 << 30},
}

// maxQuantities bounds the numbers read from one text.
const maxQuantities = 32

// quantities finds the numbers of a text.
func quantities(text string) []quantity {
	var out []quantity
	for rest := text; len(out) < maxQuantities; {
		at := quantityPattern.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		group := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return rest[at[2*i]:at[2*i+1]]
		}
		q, ok := newQuantity(group(2), group(3)+group(4))
		if ok {
			out = append(out, q)
		}
		rest = rest[max(at[10], at[3]+1):] // the character that ends one number may begin the next
	}
	return out
}

func newQuantity(number, unit string) (quantity, bool) {
	v, err := strconv.ParseFloat(strings.ReplaceAll(number, "_", ""), 64)
	if err != nil {
		return quantity{}, false
	}
	unit = strings.ToLower(unit)
	u, ok := units[unit]
	if !ok {
		u, ok = units[strings.TrimSuffix(unit, "s")]
	}
	if !ok {
		return quantity{value: v}, true
	}
	return quantity{value: v * u.scale, dim: u.dim}, true
}

// suffixPattern finds the unit that the name of a setting ends in: visibility_timeout_seconds, delayMs.
var suffixPattern = regexp.MustCompile(`(?:_|[a-z])(?i:(milliseconds|millis|seconds|secs|minutes|hours)|_(ms|sec|min|mb|kb))\b|[a-z](Ms)\b`)

var suffixes = map[string]string{"millis": "ms", "secs": "s"}

// lineQuantities finds the numbers of a line of source; bare ones are in the unit that the setting's name ends in.
func lineQuantities(line string) []quantity {
	found := quantities(line)
	m := suffixPattern.FindStringSubmatch(line)
	if m == nil {
		return found
	}
	name := strings.ToLower(m[1] + m[2] + m[3])
	if s, ok := suffixes[name]; ok {
		name = s
	}
	u, ok := units[name]
	if !ok {
		u, ok = units[strings.TrimSuffix(name, "s")]
	}
	for i := range found {
		if ok && found[i].dim == dimNone {
			found[i] = quantity{value: found[i].value * u.scale, dim: u.dim}
		}
	}
	return found
}

// factQuantity reads an attribute: its name may end in the unit, as in deadline_ms.
func factQuantity(name, value string) (quantity, bool) {
	q := quantities(value)
	if len(q) != 1 {
		return quantity{}, false
	}
	if q[0].dim == dimNone {
		last := name[strings.LastIndexAny(name, "_.")+1:]
		if u, ok := units[strings.TrimSuffix(strings.ToLower(last), "s")]; ok && last != name {
			return quantity{value: q[0].value * u.scale, dim: u.dim}, true
		}
		if u, ok := units[strings.ToLower(last)]; ok && last != name {
			return quantity{value: q[0].value * u.scale, dim: u.dim}, true
		}
	}
	return q[0], true
}

// like says whether two quantities are the same but for rounding. A bare number may be in any unit of the other's kind.
func (q quantity) like(o quantity) bool {
	if q.dim == o.dim {
		return near(q.value, o.value)
	}
	if q.dim != dimNone && o.dim != dimNone {
		return false
	}
	return near(q.value, o.value) || (q.dim == dimTime || o.dim == dimTime) && (near(q.value*1000, o.value) || near(q.value, o.value*1000))
}

func near(a, b float64) bool {
	return math.Abs(a-b) <= 0.02*math.Max(math.Abs(a), math.Abs(b))
}
