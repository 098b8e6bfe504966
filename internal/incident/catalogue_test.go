package incident

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/braidotel/braid/internal/rca"
)

func TestCatalogue_Languages_SayTheSame(t *testing.T) {
	t.Parallel()
	for kind, e := range english {
		k, ok := korean[kind]
		assert.True(t, ok, kind)
		assert.NotEmpty(t, k.ails, kind)
		assert.Len(t, k.Checks, len(e.Checks), kind)
		assert.Len(t, k.Actions, len(e.Actions), kind)
	}
	assert.Len(t, korean, len(english))
	assert.Equal(t, "cart: 데이터베이스 대기", Ails("cart", rca.CauseDatabase, Korean))
	assert.Equal(t, "cart: not as usual", Ails("cart", "otherwise", "fr"))
}
