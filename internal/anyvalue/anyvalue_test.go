package anyvalue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// nested is a text in so many lists and maps.
func nested(levels int) pcommon.Value {
	v := pcommon.NewValueEmpty()
	at := v
	for n := range levels {
		if n%2 == 0 {
			at = at.SetEmptySlice().AppendEmpty()
		} else {
			at = at.SetEmptyMap().PutEmpty("k")
		}
	}
	at.SetStr("bottom")
	return v
}

func TestText_UpToTheLimit_IsAsString(t *testing.T) {
	t.Parallel()
	for _, v := range []pcommon.Value{
		pcommon.NewValueEmpty(), pcommon.NewValueStr("s"), pcommon.NewValueInt(-7), pcommon.NewValueBool(true), pcommon.NewValueDouble(0.5),
		pcommon.NewValueBytes(), nested(1), nested(2), nested(MaxDepth),
	} {
		assert.Equal(t, v.AsString(), Text(v))
	}
	assert.Contains(t, Text(nested(MaxDepth)), "bottom")
}

func TestText_Deeper_IsEmpty(t *testing.T) {
	t.Parallel()
	assert.Empty(t, Text(nested(MaxDepth+1)))
	assert.Empty(t, Text(nested(10_000)))
}
