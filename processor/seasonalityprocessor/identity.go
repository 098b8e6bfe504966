package seasonalityprocessor

import (
	"hash/maphash"
	"math"
	"math/bits"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/anyvalue"
)

// seed keys the hashes, so that nobody can send series that collide. It is this process's own; stored series are hashed
// anew when they are read back.
var seed = maphash.MakeSeed()

func hashText(s string) uint64 { return maphash.String(seed, s) }

// mix combines hashes; their order matters.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a^0x9e3779b97f4a7c15, bits.RotateLeft64(b, 32)^0xd1b54a32d192ed03)
	return high ^ low
}

// hashAttributes hashes the attributes that keep wants, in whatever order they stand; nil wants all.
func hashAttributes(attrs pcommon.Map, keep func(string) bool) uint64 {
	var sum uint64
	for key, v := range attrs.All() {
		if keep == nil && key != attrMark || keep != nil && keep(key) {
			sum += mix(hashText(key), hashValue(v))
		}
	}
	return sum
}

func hashValue(v pcommon.Value) uint64 {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return hashText(v.Str())
	case pcommon.ValueTypeInt:
		return mix(uint64(v.Type()), uint64(v.Int()))
	case pcommon.ValueTypeDouble:
		return mix(uint64(v.Type()), math.Float64bits(v.Double()))
	case pcommon.ValueTypeBool:
		if v.Bool() {
			return 1
		}
	case pcommon.ValueTypeMap, pcommon.ValueTypeSlice, pcommon.ValueTypeBytes:
		return mix(uint64(v.Type()), hashText(anyvalue.Text(v)))
	case pcommon.ValueTypeEmpty:
	}
	return 0
}

// maxText bounds what one attribute of a series can take of the memory.
const maxText = 1024

// ownAttributes copies the attributes that keep wants out of a batch; nothing of a batch may be kept.
func ownAttributes(attrs pcommon.Map, keep func(string) bool) pcommon.Map {
	own := pcommon.NewMap()
	for key, v := range attrs.All() {
		if !keep(key) || len(key) > maxText {
			continue
		}
		copied := own.PutEmpty(strings.Clone(key))
		if text := anyvalue.Text(v); v.Type() == pcommon.ValueTypeStr || len(text) > maxText {
			copied.SetStr(cut(text))
		} else {
			v.CopyTo(copied)
		}
	}
	return own
}

// cut returns a copy of the text of bounded length and valid UTF-8, as an attribute has to be.
func cut(s string) string {
	return strings.Clone(strings.ToValidUTF8(s[:min(len(s), maxText)], "\uFFFD"))
}

// resource is what series have in common. It is read-only.
type resource struct {
	hash  uint64
	attrs pcommon.Map
}

// origin says which series it is. It is read-only.
type origin struct {
	resource *resource
	metric   string
	unit     string
	typ      metricType
	attrs    pcommon.Map
}
