package incident

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/sketch"
)

func newTracker(t *testing.T) *Tracker {
	t.Helper()
	h, err := sketch.NewHasher([]byte("a secret of sixteen"), "")
	require.NoError(t, err)
	return NewTracker(&h)
}

func TestTracker_ManyUsersFail_CountsAllWithinTwoPercent(t *testing.T) {
	t.Parallel()
	tr := newTracker(t)
	const users = 20_000
	for i := range 3 * users {
		at := epoch.Add(time.Duration(i) * 10 * time.Millisecond)
		tr.Observe(Request{Time: at, Business: "order", Value: 100, Currency: "KRW"})
		tr.Observe(Request{
			Time: at, User: fmt.Sprint(i % users), Session: fmt.Sprint("s", i), Region: []string{"seoul", "seoul", "busan"}[i%3],
			Failed: true, Business: "order",
		})
	}
	got := tr.Impact(NewCost(epoch), epoch.Add(10*time.Minute))
	assert.InEpsilon(t, users, got.Users, 0.02)
	assert.InEpsilon(t, 3*users, got.Sessions, 0.02)
	assert.EqualValues(t, 3*users, got.Failed)
	assert.EqualValues(t, 3*users, got.Business)
	assert.InEpsilon(t, 100*3*users, got.Lost, 0.001, "a failure that does not say its value has the usual one")
	assert.Equal(t, "KRW", got.Currency)
	assert.Equal(t, []string{"seoul", "busan"}, got.Regions)
	assert.Len(t, got.Customers, impactCustomers)
}

func TestTracker_LongIncident_CountsWhatItsSlotsForgot(t *testing.T) {
	t.Parallel()
	tr := newTracker(t)
	cost := NewCost(epoch)
	var got Impact
	for minute := range 120 {
		at := epoch.Add(time.Duration(minute) * time.Minute)
		tr.Observe(Request{Time: at, User: fmt.Sprint(minute), Failed: true, Business: "order", Value: 10, Cart: "two books"})
		got = tr.Impact(cost, at)
	}
	assert.InDelta(t, 120, got.Users, 1)
	assert.EqualValues(t, 120, got.Failed)
	assert.InDelta(t, 1200, got.Lost, 0.01)
	assert.Equal(t, "two books", got.Customers[0].Cart)
}

func TestTracker_OrdersThatStayAway_AreAtRisk(t *testing.T) {
	t.Parallel()
	tr := newTracker(t)
	for i := range 30 * 60 { // half an hour of one order of 50 a second, then nothing
		tr.Observe(Request{Time: epoch.Add(time.Duration(i) * time.Second), Business: "order", Value: 50})
	}
	began := epoch.Add(30 * time.Minute)
	got := tr.Impact(NewCost(began), began.Add(5*time.Minute))
	assert.InEpsilon(t, 50*3600, got.AtRisk, 0.05)
	assert.Zero(t, got.Users)
}
