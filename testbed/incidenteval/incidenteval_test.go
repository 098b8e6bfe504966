package incidenteval

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPlanted_SlowDatabase_IsOneIncidentWithItsCauseAndCost(t *testing.T) {
	out, err := Planted(t.Context(), Shop{Seed: 7, Users: 200, Fault: 6 * time.Minute})
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, r := range out.Reports {
		ids[r.ID] = true
	}
	require.Len(t, ids, 1, "exactly one incident")
	last := out.Reports[len(out.Reports)-1]
	assert.Equal(t, "resolved", last.Phase)
	assert.Equal(t, "shop-payment", last.Service)
	assert.Equal(t, "database", last.Kind)
	require.Positive(t, out.Truth.Orders)
	assert.InEpsilon(t, out.Truth.Users, last.Users, 0.02)
	assert.InEpsilon(t, out.Truth.Visits, last.Sessions, 0.02)
	assert.InEpsilon(t, out.Truth.Orders, last.Orders, 0.02)
	assert.InEpsilon(t, out.Truth.Value, last.Lost, 0.02, "a failed order does not say its amount, but its cart did")
}
