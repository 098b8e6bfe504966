package desk

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/action"
)

func TestHappenings_StepsOfAnAction_AreAllThereInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	changed := w.desk.Changed()
	it := w.proposed()
	<-changed
	w.pass(time.Second)
	changed = w.desk.Changed()
	w.approve(it)
	<-changed
	w.work()
	w.pass(10 * time.Minute)
	w.p95.Store(200)
	w.work()
	list, err := w.desk.Happenings(t.Context(), noon.Add(-time.Second))
	require.NoError(t, err)
	states := make([]action.State, len(list))
	for i, h := range list {
		states[i] = h.State
		assert.Equal(t, i, h.Number)
		assert.Equal(t, []string{it.ID, "shop", "payment", "production", "lee", it.Digest}, []string{h.ID, h.Tenant, h.Service, h.Environment, h.Proposer, h.Digest})
	}
	assert.Equal(t, []action.State{action.Proposed, action.Approved, action.Executing, action.Succeeded, action.Verified}, states)
	assert.Equal(t, []string{"lee", "kim", ""}, []string{list[0].By, list[1].By, list[2].By})
	assert.Equal(t, action.Better, list[4].Verdict)
	list, err = w.another().Happenings(t.Context(), noon)
	require.NoError(t, err)
	assert.Len(t, list, 4, "another process sees them too")
}
