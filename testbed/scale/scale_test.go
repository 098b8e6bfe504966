package scale

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlan_MoreUsers_NeverTakeLess(t *testing.T) {
	m, u, on := Defaults()
	for _, redundant := range []bool{false, true} {
		before := Row{}
		for users := 1e3; users <= 1e8; users *= 1.3 {
			row := Plan(users, m, u, on, redundant)
			assert.GreaterOrEqual(t, row.Gateways, before.Gateways)
			assert.GreaterOrEqual(t, row.Balancers, before.Balancers)
			assert.GreaterOrEqual(t, row.Masters, before.Masters)
			assert.Greater(t, row.PerMonth, before.PerMonth)
			before = row
		}
	}
}

func TestPlan_MillionUsers_AreWhatTheyDo(t *testing.T) {
	m, u, on := Defaults()
	row := Plan(1e6, m, u, on, true)
	assert.InDelta(t, 1e6*1.5*15*10/86400*3, row.SpansPeak, 1)
	assert.InDelta(t, 1e6*1.5/86400*3*38*60, row.Sessions, 1)
	assert.LessOrEqual(t, row.Sessions/float64(row.Gateways), on.SessionsPerUnit)
	alone := Plan(1e3, m, u, on, false)
	assert.Equal(t, 1, alone.Gateways)
	assert.Zero(t, alone.Balancers+alone.Masters)
	assert.Equal(t, 2, Plan(1e3, m, u, on, true).Gateways)
}

func TestFull_Gateways_AreNoMoreAndNoFewer(t *testing.T) {
	m, u, on := Defaults()
	for _, gateways := range []int{2, 10, 100} {
		row := Full(gateways, m, u, on)
		assert.Equal(t, gateways, row.Gateways)
		assert.Equal(t, gateways+1, Plan(row.Users*1.001+1, m, u, on, true).Gateways)
	}
}

func TestPrint_Table_HasEveryPowerOfTen(t *testing.T) {
	m, u, on := Defaults()
	var b strings.Builder
	require.NoError(t, Print(&b, m, u, on))
	for _, name := range []string{"10^3", "10^4", "10^5", "10^6", "10^7", "10^8"} {
		assert.Contains(t, b.String(), "| "+name+" |")
	}
	assert.NotContains(t, b.String(), "NaN")
}
