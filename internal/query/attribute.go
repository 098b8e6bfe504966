package query

import (
	"fmt"
	"strconv"
)

// attributes of an event, as its log record had them: numbers may come back from the store in any numeric type.
type attributes map[string]any

func (a attributes) number(key string) (float64, bool) {
	switch v := a[key].(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

func (a attributes) count(key string) int64 {
	v, _ := a.number(key)
	return int64(v)
}

func (a attributes) text(key string) string {
	switch v := a[key].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

func (a attributes) list(key string) []string {
	switch v := a[key].(type) {
	case []string:
		return v
	case []any:
		out := make([]string, 0, len(v))
		for _, e := range v {
			out = append(out, fmt.Sprint(e))
		}
		return out
	case string:
		if v != "" {
			return []string{v}
		}
	}
	return nil
}
