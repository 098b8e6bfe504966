package decode

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/anyvalue"
	"github.com/braidotel/braid/internal/history"
)

// Bounds of what is kept of one span or record.
const (
	maxAttributes = 64
	maxValue      = 1 << 10 // bytes
)

// Text is the first of the attributes that holds a text; a list's first element counts.
func Text(attrs pcommon.Map, names ...string) string {
	for _, name := range names {
		v, ok := attrs.Get(name)
		if ok && v.Type() == pcommon.ValueTypeSlice && v.Slice().Len() > 0 {
			v = v.Slice().At(0)
		}
		if ok && v.Type() == pcommon.ValueTypeStr && v.Str() != "" {
			return cut(v.Str())
		}
	}
	return ""
}

// cut copies a text out of the batch, as much of it as is kept.
func cut(s string) string { return strings.Clone(s[:min(len(s), maxValue)]) }

func integer(attrs pcommon.Map, name string) int64 {
	v, ok := attrs.Get(name)
	if !ok || v.Type() != pcommon.ValueTypeInt {
		return 0
	}
	return v.Int()
}

func texts(attrs pcommon.Map, name string) []string {
	v, ok := attrs.Get(name)
	if !ok || v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	var list []string
	for _, e := range v.Slice().All() {
		if len(list) < maxAttributes && e.Type() == pcommon.ValueTypeStr {
			list = append(list, cut(e.Str()))
		}
	}
	return list
}

// moment is an attribute that holds nanoseconds since 1970.
func moment(attrs pcommon.Map, name string) time.Time {
	if n := integer(attrs, name); n > 0 {
		return time.Unix(0, n).UTC()
	}
	return time.Time{}
}

// Tenant is whose data something is.
func Tenant(attrs pcommon.Map) history.Tenant { return history.Tenant(Text(attrs, "braid.tenant")) }

// plain copies attributes as JSON can hold them, without those that are left out. Deep values become their text.
func plain(attrs pcommon.Map, without map[string]bool) map[string]any {
	if attrs.Len() == 0 {
		return nil
	}
	m := make(map[string]any, min(attrs.Len(), maxAttributes))
	for name, v := range attrs.All() {
		if without[name] || len(m) >= maxAttributes {
			continue
		}
		name = cut(name)
		switch v.Type() {
		case pcommon.ValueTypeBool:
			m[name] = v.Bool()
		case pcommon.ValueTypeInt:
			m[name] = v.Int()
		case pcommon.ValueTypeDouble:
			m[name] = v.Double()
		case pcommon.ValueTypeSlice:
			if list := texts(attrs, name); list != nil {
				m[name] = list
			} else {
				m[name] = cut(anyvalue.Text(v))
			}
		case pcommon.ValueTypeBytes:
			m[name] = hex.EncodeToString(v.Bytes().AsRaw()[:min(v.Bytes().Len(), maxValue/2)])
		default:
			m[name] = cut(anyvalue.Text(v))
		}
	}
	return m
}

// Digest is a natural key made of texts: the same always, another for others.
func Digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(part))))
		_, _ = h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
