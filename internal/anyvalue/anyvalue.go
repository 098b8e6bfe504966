// Package anyvalue reads OTLP's nested values as text without following them to depths that only an attacker sends: writing
// half a million nested lists as JSON takes more than a gigabyte of stack.
package anyvalue

import "go.opentelemetry.io/collector/pdata/pcommon"

// MaxDepth is how many lists and maps may be in each other.
const MaxDepth = 32

// Text is [pcommon.Value.AsString], but empty for a value that is nested deeper than MaxDepth.
func Text(v pcommon.Value) string {
	if deeper(v, MaxDepth) {
		return ""
	}
	return v.AsString()
}

// deeper reports whether a value is nested deeper than so many levels.
func deeper(v pcommon.Value, levels int) bool {
	switch v.Type() {
	case pcommon.ValueTypeSlice:
		for _, inner := range v.Slice().All() {
			if levels == 0 || deeper(inner, levels-1) {
				return true
			}
		}
	case pcommon.ValueTypeMap:
		for _, inner := range v.Map().All() {
			if levels == 0 || deeper(inner, levels-1) {
				return true
			}
		}
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeStr, pcommon.ValueTypeBool, pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBytes:
	}
	return false
}
