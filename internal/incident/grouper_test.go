package incident

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// fault makes the alerts of one fault: each of its kinds at a moment of its span, ids "fault-kind".
func fault(name, scope string, kinds []int, start time.Time, length time.Duration, rng *rand.Rand) []Alert {
	out := make([]Alert, 0, len(kinds))
	for _, k := range kinds {
		out = append(out, Alert{
			ID: fmt.Sprintf("%s-%d", name, k), Time: start.Add(time.Duration(rng.Int64N(int64(length)))), Scope: scope,
			Service: fmt.Sprintf("svc-%d", k%7), Instance: fmt.Sprintf("svc-%d-0", k%7), Source: "metric", Name: fmt.Sprintf("alert-%d", k),
		})
	}
	return out
}

// replay feeds alerts in order of time and returns the group each ended in.
func replay(g *Grouper, alerts []Alert) map[string]uint64 {
	slices.SortStableFunc(alerts, func(a, b Alert) int { return a.Time.Compare(b.Time) })
	out := map[string]uint64{}
	take := func(groups []Group) {
		for _, grp := range groups {
			for _, a := range grp.Alerts {
				if grp.Settled {
					out[a.ID] = grp.ID
				}
			}
		}
	}
	for _, a := range alerts {
		g.Add(a)
		take(g.Advance(a.Time))
	}
	take(g.Flush())
	return out
}

// f1 is the pairwise F1 of a grouping against the fault in each id.
func f1(got map[string]uint64, faultOf func(string) string) float64 {
	ids := make([]string, 0, len(got))
	for id := range got {
		ids = append(ids, id)
	}
	both, said, is := 0.0, 0.0, 0.0
	for i, a := range ids {
		for _, b := range ids[:i] {
			same, together := faultOf(a) == faultOf(b), got[a] == got[b]
			if together {
				said++
			}
			if same {
				is++
			}
			if same && together {
				both++
			}
		}
	}
	return 2 * both / (said + is)
}

func faultName(id string) string { return id[:slices.Index([]byte(id), '-')] }

// some picks n kinds of alerts out of the usual of one of a few sorts of fault.
func some(rng *rand.Rand, sort, n int) []int {
	var out []int
	for len(out) < n {
		k := (sort*17 + rng.IntN(40)) % 90
		if rng.IntN(4) == 0 {
			k = 100 + rng.IntN(12) // what fires in every fault
		}
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

func TestGrouper_FaultsOfAnyLengthThatOverlap_AreToldApart(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]func(*rand.Rand) time.Duration{
		"equal":     func(*rand.Rand) time.Duration { return 10 * time.Minute },
		"different": func(r *rand.Rand) time.Duration { return 2*time.Minute + time.Duration(r.IntN(10*60))*time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, 2))
			var alerts []Alert
			at := epoch
			for i := range 24 {
				took := length(rng)
				alerts = append(alerts, fault(fmt.Sprintf("f%d", i), "shop", some(rng, i%5, 30), at, took, rng)...)
				if rng.IntN(3) == 0 {
					at = at.Add(took*2/3 + time.Minute) // the next overlaps it
				} else {
					at = at.Add(took + 10*time.Minute)
				}
			}
			got := replay(NewGrouper(Options{}), alerts)
			require.Len(t, got, len(alerts))
			assert.Greater(t, f1(got, faultName), 0.85)
		})
	}
}

func TestGrouper_OtherScopeAtTheSameTime_IsAnotherGroup(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	alerts := append(fault("a", "shop", some(rng, 0, 25), epoch, 5*time.Minute, rng), fault("b", "hotel", some(rng, 0, 25), epoch, 5*time.Minute, rng)...)
	assert.InDelta(t, 1, f1(replay(NewGrouper(Options{}), alerts), faultName), 0)
}

func TestGrouper_ServicesThatNeverReachEachOther_AreOtherGroups(t *testing.T) {
	t.Parallel()
	g := NewGrouper(Options{})
	for range matureAfter + 4 {
		g.Topology().Observe("x/web", "x/cart", epoch)
		g.Topology().Observe("x/batch", "x/store", epoch)
	}
	var alerts []Alert
	for i, s := range []string{"web", "cart", "batch", "store"} {
		for k := range 4 {
			alerts = append(alerts, Alert{ID: fmt.Sprintf("%d-%s%d", i/2, s, k), Time: epoch.Add(time.Duration(7*k+i) * time.Second), Scope: "x", Service: s, Name: fmt.Sprint(k)})
		}
	}
	assert.InDelta(t, 1, f1(replay(g, alerts), faultName), 0)
}

func TestGrouper_OneAlertFlapping_IsOneGroup(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	alerts := fault("a", "shop", some(rng, 0, 25), epoch, 10*time.Minute, rng)
	for i := range 30 {
		alerts = append(alerts, Alert{ID: fmt.Sprintf("a-flap%d", i), Time: epoch.Add(time.Duration(20*i) * time.Second), Scope: "shop", Service: "svc-1", Name: "flapping"})
	}
	assert.InDelta(t, 1, f1(replay(NewGrouper(Options{}), alerts), faultName), 0)
}

func TestGrouper_WhileItGrows_KeepsItsID(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 8))
	alerts := fault("a", "shop", some(rng, 0, 40), epoch, 10*time.Minute, rng)
	slices.SortFunc(alerts, func(a, b Alert) int { return a.Time.Compare(b.Time) })
	g := NewGrouper(Options{})
	seen := map[uint64]bool{}
	for _, a := range alerts {
		g.Add(a)
		for _, grp := range g.Advance(a.Time) {
			seen[grp.ID] = true
			assert.NotEmpty(t, grp.Alerts)
		}
	}
	final := g.Flush()
	require.Len(t, final, 1)
	assert.True(t, seen[final[0].ID])
	assert.Len(t, final[0].Alerts, 40)
}

func TestGrouper_ManyDistinctAlerts_StaysBounded(t *testing.T) {
	t.Parallel()
	g := NewGrouper(Options{MaxAlerts: 500, MaxScopes: 8, MaxEdges: 100, Step: time.Hour})
	settled := 0
	for i := range 8_000 {
		at := epoch.Add(time.Duration(i) * 125 * time.Millisecond)
		g.Add(Alert{ID: fmt.Sprint(i), Time: at, Scope: fmt.Sprint(i % 100), Service: fmt.Sprint(i), Instance: fmt.Sprint("i", i), Client: fmt.Sprint("c", i), Name: fmt.Sprint(i)})
		for _, grp := range g.Advance(at) {
			if grp.Settled {
				settled += len(grp.Alerts)
			}
		}
		require.LessOrEqual(t, g.Live(), 500)
	}
	for _, grp := range g.early {
		settled += len(grp.Alerts)
	}
	assert.LessOrEqual(t, len(g.pasts), 8)
	assert.LessOrEqual(t, len(g.topology.edges), 100)
	assert.LessOrEqual(t, len(g.topology.services), 100)
	assert.Equal(t, 8_000, settled+g.Live(), "nothing is hidden")
	assert.Positive(t, g.Overflows())
}
