// Package storetest is the suite that every history.Store passes.
package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

// Limits that the stores under test are to be made with, small enough to be reached.
const (
	TracesPerOperation = 3
	SpansPerTrace      = 5
	FramesPerSketch    = 4
)

// epoch is the hour in which most of the suite's records lie.
var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return epoch.Add(d) }

// Run runs the suite. Each test opens a store of its own, empty, and closes it.
func Run(t *testing.T, open func(testing.TB) history.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, history.Store)
	}{
		{"Sessions_AnyOrderAndRepetition_SameRow", sessionsMerge},
		{"Sessions_Filters_Apply", sessionFilters},
		{"Sessions_Counted_ByDimension", sessionCounts},
		{"Events_AnyOrderAndRepetition_SameRow", eventsMerge},
		{"Events_Filters_Apply", eventFilters},
		{"Sketches_Union_IsLossless", sketches},
		{"Traces_InPieces_BecomeWhole", traces},
		{"Traces_PerOperation_AreBounded", tracesBounded},
		{"Papers_ReadBack_AsWritten", papers},
		{"Advance_InParallel_OneWins", advance},
		{"Write_HostileText_IsStored", hostile},
		{"Write_WithoutKey_IsRefusedWhole", refused},
		{"Write_InParallel_LosesNothing", parallel},
		{"Query_BeyondLimit_IsTruncated", limits},
		{"Query_OtherTenant_SeesNothing", tenants},
		{"Prune_ByKind_KeepsTheRest", prune},
		{"Everything_ReadBack_AsWritten", everything},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := open(t)
			t.Cleanup(func() { assert.NoError(t, store.Close()) })
			c.test(t, store)
		})
	}
}

func write(t *testing.T, s history.Store, b history.Batch) {
	t.Helper()
	require.NoError(t, s.Write(t.Context(), &b))
}

func page[T any](t *testing.T) func(history.Page[T], error) []T {
	return func(p history.Page[T], err error) []T {
		t.Helper()
		require.NoError(t, err)
		return p.Items
	}
}

// permutations calls f with every order of 0 … n-1.
func permutations(n int, f func([]int)) {
	order := make([]int, 0, n)
	var extend func(used int)
	extend = func(used int) {
		if len(order) == n {
			f(order)
			return
		}
		for i := range n {
			if used&(1<<i) == 0 {
				order = append(order, i)
				extend(used | 1<<i)
				order = order[:len(order)-1]
			}
		}
	}
	extend(0)
}
