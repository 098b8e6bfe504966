package attributes

import (
	"reflect"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// TestLayout_OfThePinnedLibrary_IsKnown fails when pdata changes how a Map lies in memory: everything goes on working, but
// costs what it did without this package until layout.go is told.
func TestLayout_OfThePinnedLibrary_IsKnown(t *testing.T) {
	t.Parallel()
	assert.NotNil(t, stringKind)
}

func TestMatches_OtherLayouts_Refused(t *testing.T) {
	t.Parallel()
	type fewer struct {
		Value anyValue
		Key   string
	}
	type renamed struct {
		Value       anyValue
		Name        string
		KeyStrindex int32
	}
	type swapped struct {
		Key         string
		Value       anyValue
		KeyStrindex int32
	}
	for name, theirs := range map[string]reflect.Type{
		"fewer fields": reflect.TypeFor[fewer](), "another name": reflect.TypeFor[renamed](),
		"another order": reflect.TypeFor[swapped](), "a pointer": reflect.TypeFor[*keyValue](), "a text": reflect.TypeFor[string](),
	} {
		assert.False(t, matches(theirs, reflect.TypeFor[keyValue]()), name)
	}
	assert.True(t, matches(reflect.TypeFor[*[]keyValue](), reflect.TypeFor[*[]keyValue]()))
}

func pairs(n int) (list []Pair) {
	for i := range n {
		list = append(list, Pair{Key: "added." + strconv.Itoa(i), Value: "value " + strconv.Itoa(i)})
	}
	return list
}

func filled(n, room int) pcommon.Map {
	m := pcommon.NewMap()
	m.EnsureCapacity(room)
	for i := range n {
		m.PutInt("own."+strconv.Itoa(i), int64(i))
	}
	return m
}

func TestAppend_AnySizeAndRoom_AsTheLibraryDoes(t *testing.T) {
	t.Parallel()
	var shared Appender
	var all, want []pcommon.Map
	for _, size := range []int{0, 1, 2, 7, 8, 9, 40, 51, 52, 60} { // up to more than a chunk is used for
		for _, room := range []int{size, size + 1, size + 8} {
			for more := range 5 {
				for _, a := range []*Appender{&shared, nil} {
					m := filled(size, room)
					a.Append(m, pairs(more))
					all = append(all, m)
				}
				m := filled(size, 0)
				put(m, pairs(more))
				want = append(want, m, m)
			}
		}
	}
	for i := range all {
		require.Equal(t, want[i].AsRaw(), all[i].AsRaw(), "%d", i)
	}
}

func TestAppend_WhatOthersDoAfterwards_StaysTheirOwn(t *testing.T) {
	t.Parallel()
	var a Appender
	first, second := filled(3, 3), filled(3, 3)
	a.Append(first, pairs(2))
	a.Append(second, pairs(2))
	before := second.AsRaw()

	first.PutStr("later", "x")
	value, ok := first.Get("added.0")
	require.True(t, ok)
	value.SetStr("changed")
	first.RemoveIf(func(key string, _ pcommon.Value) bool { return key == "own.1" })
	first.PutStr("latest", "y")

	assert.Equal(t, before, second.AsRaw())
	assert.Equal(t, map[string]any{
		"own.0": int64(0), "own.2": int64(2), "added.0": "changed", "added.1": "value 1", "later": "x", "latest": "y",
	}, first.AsRaw())
}

func TestAppend_ReadOnly_Panics(t *testing.T) {
	t.Parallel()
	td := ptrace.NewTraces()
	attributes := td.ResourceSpans().AppendEmpty().Resource().Attributes()
	td.MarkReadOnly()
	assert.Panics(t, func() { new(Appender).Append(attributes, pairs(1)) })
}

// BenchmarkAppend stamps three attributes onto a span of eight, which has no room for them, by this package and by the
// library's own means.
func BenchmarkAppend(b *testing.B) {
	for name, a := range map[string]*Appender{"shared": {}, "library": nil} {
		b.Run(name, func(b *testing.B) {
			m, own, add := filled(8, 8), filled(8, 8), pairs(3)
			list := listOf(&own)
			b.ReportAllocs()
			for b.Loop() {
				*listOf(&m) = *list
				a.Append(m, add)
			}
		})
	}
}
