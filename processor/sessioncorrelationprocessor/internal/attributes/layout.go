package attributes

import (
	"reflect"
	"unsafe"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// What follows mirrors go.opentelemetry.io/collector/pdata/internal, name by name; matches compares them.
type (
	keyValue struct {
		Value       anyValue
		Key         string
		KeyStrindex int32
	}
	anyValue struct{ Value any }
	// text is AnyValue_StringValue, to which an anyValue of text points.
	text struct{ StringValue string }
)

const (
	keyValueBytes = int(unsafe.Sizeof(keyValue{}))
	textBytes     = int(unsafe.Sizeof(text{}))
)

// interfaceWords is what a value of type any consists of.
type interfaceWords struct{ kind, data unsafe.Pointer }

// stringKind is the first word of an anyValue of text; nil if pdata has another layout than the one known here.
var stringKind = findStringKind()

// listOf returns where a map has its list. A Map begins with a pointer to it.
func listOf(m *pcommon.Map) *[]keyValue {
	return *(**[]keyValue)(unsafe.Pointer(m)) //nolint:gosec // findStringKind has compared what it points to
}

// wrapped returns a value that points to the text.
func (t *text) wrapped() (v anyValue) {
	words := (*interfaceWords)(unsafe.Pointer(&v.Value))   //nolint:gosec // a value of type any
	words.kind, words.data = stringKind, unsafe.Pointer(t) //nolint:gosec // t is of the kind that stringKind stands for
	return v
}

func findStringKind() unsafe.Pointer {
	m := pcommon.NewMap()
	layout := reflect.TypeOf(m)
	if layout.NumField() == 0 || !matches(layout.Field(0).Type, reflect.TypeFor[*[]keyValue]()) {
		return nil
	}
	m.PutStr("", "")
	value := &(*listOf(&m))[0].Value.Value
	if !matches(reflect.TypeOf(*value), reflect.TypeFor[*text]()) {
		return nil
	}
	return (*interfaceWords)(unsafe.Pointer(value)).kind //nolint:gosec // a value of type any
}

// matches reports whether a type of the library is laid out as its mirror is, and calls its fields the same.
func matches(theirs, ours reflect.Type) bool {
	if theirs.Kind() != ours.Kind() || theirs.Size() != ours.Size() {
		return false
	}
	switch ours.Kind() {
	case reflect.Pointer, reflect.Slice:
		return matches(theirs.Elem(), ours.Elem())
	case reflect.Struct:
		if theirs.NumField() != ours.NumField() {
			return false
		}
		for i := range ours.NumField() {
			a, b := theirs.Field(i), ours.Field(i)
			if a.Name != b.Name || a.Offset != b.Offset || !matches(a.Type, b.Type) {
				return false
			}
		}
	default: // nothing within
	}
	return true
}
