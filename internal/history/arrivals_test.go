package history

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestIntake_ManyTenants_AreCountedApartAndBounded(t *testing.T) {
	var in Intake
	assert.Zero(t, in.Of("a"))
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	in.Add("a", Arrivals{Spans: 2, Newest: at})
	in.Add("a", Arrivals{Logs: 1, Points: 3, Records: 4, Newest: at.Add(-time.Hour)})
	in.Add("b", Arrivals{Points: 1})
	assert.Equal(t, Arrivals{Spans: 2, Logs: 1, Points: 3, Records: 4, Newest: at}, in.Of("a"))
	assert.Equal(t, Arrivals{Points: 1}, in.Of("b"))
	for i := range 2 * maxCounted {
		in.Add(Tenant(strconv.Itoa(i)), Arrivals{Spans: 1})
	}
	assert.Len(t, in.tenants, maxCounted)
	in.Add("a", Arrivals{Spans: 1})
	assert.EqualValues(t, 3, in.Of("a").Spans)
}
