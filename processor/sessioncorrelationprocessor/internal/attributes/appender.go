// Package attributes adds attributes to many maps for the price of few allocations.
//
// Through pcommon.Map every span that is stamped costs a longer list, a wrapper for each text and a search for each key:
// a third of all that session_correlation does. An [Appender] takes lists and wrappers from chunks that some twenty spans
// share. pdata has no way to hand such memory in, so this package knows how a Map lies in memory, in layout.go alone; it
// checks that when the program starts, and where it does not hold goes through the Map's own methods instead.
package attributes

import "go.opentelemetry.io/collector/pdata/pcommon"

// chunkBytes is how much is allocated at once. It bounds what one span that is kept can keep of others.
const chunkBytes = 8 << 10

// Pair is an attribute whose value is text.
type Pair struct{ Key, Value string }

// Appender adds attributes to maps. The zero value is ready for use, and nil too, which shares nothing. It is not safe for
// concurrent use.
type Appender struct {
	list  []keyValue // what is left of a chunk
	texts []text     // the same
}

// Append adds attributes to a map that has none of their keys.
func (a *Appender) Append(to pcommon.Map, pairs []Pair) {
	if len(pairs) == 0 {
		return
	}
	if a == nil || stringKind == nil {
		put(to, pairs)
		return
	}
	to.EnsureCapacity(0) // panics if the map must not be written to
	list := listOf(&to)
	all := a.roomFor(*list, len(pairs))
	for _, p := range pairs {
		all = append(all, keyValue{Key: p.Key, Value: a.text(p.Value)})
	}
	*list = all
}

// put is Append by the library's own means.
func put(to pcommon.Map, pairs []Pair) {
	to.EnsureCapacity(to.Len() + len(pairs))
	for _, p := range pairs {
		to.PutStr(p.Key, p.Value)
	}
}

// roomFor returns the list with room for so many more, which nothing else shares.
func (a *Appender) roomFor(list []keyValue, more int) []keyValue {
	size := len(list) + more
	if size <= cap(list) {
		return list
	}
	const chunk = chunkBytes / keyValueBytes
	if size > chunk/4 {
		return append(make([]keyValue, 0, size), list...)
	}
	if size > len(a.list) {
		a.list = make([]keyValue, chunk)
	}
	room := a.list[:0:size]
	a.list = a.list[size:]
	return append(room, list...)
}

// text wraps a text as a value.
func (a *Appender) text(s string) anyValue {
	if len(a.texts) == 0 {
		a.texts = make([]text, chunkBytes/textBytes)
	}
	t := &a.texts[0]
	a.texts = a.texts[1:]
	t.StringValue = s
	return t.wrapped()
}
