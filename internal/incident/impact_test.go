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
	return NewTracker(&h, 100)
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

// failed is the impact of one order of a session and user that fails without saying its value.
func failed(tr *Tracker, session, user string) Impact {
	at := epoch.Add(5 * time.Minute)
	tr.Observe(Request{Time: at, Session: session, User: user, Region: "busan", Failed: true, Business: "order"})
	return tr.Impact(NewCost(at), at)
}

func TestTracker_OrderFailsWithoutValue_IsWorthItsCart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(*Tracker)
		lost   float64
		cart   string
	}{
		"nothing known":   {func(*Tracker) {}, 0, ""},
		"cart of session": {func(tr *Tracker) { tr.Carry("s", "", 70, "a book") }, 70, "a book"},
		"cart of user":    {func(tr *Tracker) { tr.Carry("elsewhere", "u", 80, "") }, 80, ""},
		"session's first": {func(tr *Tracker) { tr.Carry("s", "", 70, ""); tr.Carry("elsewhere", "u", 80, "") }, 70, ""},
		"said apart":      {func(tr *Tracker) { tr.Carry("s", "", 70, ""); tr.Carry("s", "", 0, "a book") }, 70, "a book"},
		"the latest":      {func(tr *Tracker) { tr.Carry("s", "u", 70, ""); tr.Carry("s", "u", 90, "") }, 90, ""},
		"emptied":         {func(tr *Tracker) { tr.Carry("s", "u", 70, "a book"); tr.Emptied("s", "u") }, 0, ""},
		"bought":          {func(tr *Tracker) { tr.Carry("s", "", 70, "a book"); buy(tr, "s", "order", "seoul", 40) }, 40, ""},
		"an earlier attempt": {func(tr *Tracker) {
			tr.Observe(Request{Time: epoch, Session: "s", Failed: true, Business: "order", Value: 60})
		}, 60, ""},
		"usual of its kind": {func(tr *Tracker) {
			buy(tr, "other", "order", "seoul", 50)
			buy(tr, "other", "top-up", "busan", 500)
		}, 50, ""},
		"another kind": {func(tr *Tracker) { buy(tr, "other", "top-up", "busan", 500) }, 500, ""},
		"usual of its region": {func(tr *Tracker) {
			for range 1000 {
				buy(tr, "other", "order", "seoul", 50)
				buy(tr, "other", "order", "busan", 150)
			}
		}, 150, ""},
	} {
		tr := newTracker(t)
		c.before(tr)
		got := failed(tr, "s", "u")
		assert.InDelta(t, c.lost, got.Lost, 0.02*c.lost, name)
		require.Len(t, got.Customers, 1, name)
		assert.Equal(t, c.cart, got.Customers[0].Cart, name)
		assert.InDelta(t, got.Lost, got.Customers[0].Value, 0.01, name)
	}
}

func buy(tr *Tracker, session, kind, region string, value float64) {
	tr.Observe(Request{Time: epoch, Session: session, User: session + "'s", Region: region, Business: kind, Value: value})
}

func TestTracker_MoreCartsThanRemembered_ForgetsTheOldest(t *testing.T) {
	t.Parallel()
	tr := newTracker(t)
	for i := range 1000 {
		tr.Carry(fmt.Sprint("s", i), "", float64(i), "")
	}
	assert.Equal(t, 100, tr.carts.held.Len())
	assert.Zero(t, failed(tr, "s1", "").Lost)
	assert.InDelta(t, 999, failed(tr, "s999", "").Lost, 0.01)
}

func TestUsual_EndlessKindsAndRegions_StaysBounded(t *testing.T) {
	t.Parallel()
	var u usual
	for i := range 1000 {
		u.price(fmt.Sprint(i), "", 1)
		u.price("0", fmt.Sprint(i), 1)
	}
	assert.Len(t, u.kinds, maxPriced)
	assert.Len(t, u.kinds["0"].regions, impactRegions)
	assert.InDelta(t, 1, u.worth("0", "999"), 1e-9)
}
