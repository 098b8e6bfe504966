package incident

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/rca"
	"github.com/braidotel/braid/internal/sketch"
)

// stored is a value after it was encoded and decoded.
func stored[T any](t *testing.T, v T) T {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, gob.NewEncoder(&b).Encode(v))
	var out T
	require.NoError(t, gob.NewDecoder(&b).Decode(&out))
	return out
}

func TestTracker_Restart_CountsNobodyTwice(t *testing.T) {
	t.Parallel()
	hasher, err := sketch.NewHasher([]byte("a secret of sixteen"), "")
	require.NoError(t, err)
	fail := func(tr *Tracker, from, to int) {
		for i := from; i < to; i++ {
			tr.Observe(Request{
				Time: epoch.Add(time.Duration(i) * 100 * time.Millisecond), User: fmt.Sprint("user ", i%3000), Session: fmt.Sprint("session ", i), Region: "kr",
				Failed: true, Business: "order", Value: 2, Cart: "books",
			})
		}
	}
	first := NewTracker(&hasher, 100)
	before := NewLedger("", LedgerOptions{}, nil, first)
	before.Detections([]rca.Detection{{ID: 1, Phase: rca.PhaseOpened, Onset: epoch, At: epoch.Add(time.Minute), UserFacing: true, Services: []string{"cart"}}})
	fail(first, 0, 4000)
	require.Len(t, before.Advance(epoch.Add(400*time.Second)), 1)
	memory, costs := stored(t, first.Save()), stored(t, before.SaveCosts())
	fail(first, 4000, 4100) // after the checkpoint, and told of
	before.Detections([]rca.Detection{{ID: 1, Phase: rca.PhaseUpdated, Onset: epoch, At: epoch.Add(9 * time.Minute), UserFacing: true, Services: []string{"cart"}}})
	told := before.Advance(epoch.Add(9 * time.Minute))
	require.Len(t, told, 1)
	require.Equal(t, int64(4100), told[0].Impact.Failed)

	second := NewTracker(&hasher, 100)
	require.NoError(t, second.Restore(&memory))
	after := NewLedger("", LedgerOptions{}, nil, second)
	for _, s := range before.Save() {
		after.Restore(s)
	}
	require.NoError(t, after.RestoreCosts(costs, epoch.Add(400*time.Second)))
	fail(second, 5000, 6000)
	after.Detections([]rca.Detection{{ID: 1, Phase: rca.PhaseOpened, Onset: epoch.Add(10 * time.Minute), At: epoch.Add(11 * time.Minute), UserFacing: true, Services: []string{"cart"}}})
	said := after.Advance(epoch.Add(11 * time.Minute))
	require.Len(t, said, 1)
	assert.Equal(t, told[0].ID, said[0].ID)
	i := said[0].Impact
	assert.Equal(t, int64(5100), i.Failed)
	assert.InDelta(t, 10200, i.Lost, 1)
	assert.InEpsilon(t, 3000, i.Users, 0.02, "the users of before and after are the same")
	assert.InEpsilon(t, 5000, i.Sessions, 0.02)
	assert.Equal(t, []string{"kr"}, i.Regions)

	other, err := sketch.NewHasher([]byte("another secret of it"), "")
	require.NoError(t, err)
	assert.Error(t, NewTracker(&other, 100).Restore(&memory), "another secret")
}

func TestTracker_Restart_KnowsCartsAndPrices(t *testing.T) {
	t.Parallel()
	first, second := newTracker(t), newTracker(t)
	first.Carry("s", "", 70, "a book")
	buy(first, "other", "order", "seoul", 50)
	buy(first, "other", "top-up", "seoul", 500)
	memory := stored(t, first.Save())
	require.NoError(t, second.Restore(&memory))
	got := failed(second, "s", "")
	assert.InDelta(t, 70, got.Lost, 0.01)
	assert.Equal(t, "a book", got.Customers[0].Cart)
	assert.InDelta(t, 120, failed(second, "unknown", "").Lost, 0.01, "the usual order on top, not the usual of all kinds")
}

func TestGrouper_Restart_KnowsWhatItLearnt(t *testing.T) {
	t.Parallel()
	g := NewGrouper(Options{})
	g.Topology().Observe("shop/web", "shop/cart", epoch)
	for range 600 {
		g.Topology().Observe("shop/web", "shop/cart", epoch)
	}
	for i := range 20 {
		at := epoch.Add(time.Duration(i) * time.Hour)
		for j := range 4 {
			g.Add(Alert{ID: fmt.Sprint(i, j), Scope: "shop", Service: "cart", Name: fmt.Sprint(j), Time: at.Add(time.Duration(j) * time.Minute)})
		}
		g.Advance(at.Add(30 * time.Minute))
	}
	m := stored(t, g.Save())
	again := NewGrouper(Options{})
	again.Restore(&m)
	assert.InDelta(t, g.durations.typical(), again.durations.typical(), 1e-6)
	assert.InDelta(t, g.durations.spread, again.durations.spread, 1e-6)
	assert.Equal(t, g.pasts["shop"].count, again.pasts["shop"].count)
	assert.Equal(t, g.Topology().Edges(), again.Topology().Edges())
	root, ok := again.Topology().component("shop/cart")
	assert.True(t, ok)
	assert.Equal(t, "shop/cart", root)
}
