package incident

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/rca"
)

// newLedger returns a ledger whose diagnosis is always the same service, believed or not.
func newLedger(none bool) *Ledger {
	return NewLedger("", LedgerOptions{}, func(w rca.Window) Opinion {
		return Opinion{Diagnosis: rca.Diagnosis{Window: w, None: none, Hypotheses: []rca.Hypothesis{{Service: "cart", Kind: rca.CauseDatabase, Score: 10}}}}
	}, nil)
}

func detection(phase rca.Phase, at time.Time, felt bool) []rca.Detection {
	return []rca.Detection{{ID: 1, Phase: phase, Onset: epoch, At: at, UserFacing: felt, Services: []string{"cart"}}}
}

func phases(list []Incident) []Phase {
	var out []Phase
	for i := range list {
		out = append(out, list[i].Phase)
	}
	return out
}

func TestLedger_DisturbanceUsersFeel_OpensIsResolvedAndReopens(t *testing.T) {
	t.Parallel()
	l := newLedger(false)
	at := epoch.Add(time.Minute)
	l.Detections(detection(rca.PhaseOpened, at, true))
	opened := l.Advance(at)
	require.Equal(t, []Phase{PhaseOpened}, phases(opened))
	top, ok := opened[0].Cause()
	assert.True(t, ok)
	assert.Equal(t, "cart", top.Service)
	assert.Equal(t, Advise(rca.CauseDatabase, English), opened[0].Advice)
	assert.Empty(t, l.Advance(at.Add(time.Second)), "nothing new")

	at = epoch.Add(10 * time.Minute)
	l.Detections(detection(rca.PhaseClosed, at, true))
	end := l.Advance(at.Add(6 * time.Minute))
	require.Equal(t, []Phase{PhaseResolved}, phases(end))
	assert.Equal(t, at, end[0].Ended)

	again := detection(rca.PhaseOpened, at.Add(8*time.Minute), true)
	again[0].ID, again[0].Onset = 2, at.Add(7*time.Minute)
	l.Detections(again)
	reopened := l.Advance(at.Add(8 * time.Minute))
	require.Equal(t, []Phase{PhaseReopened}, phases(reopened))
	assert.Equal(t, opened[0].ID, reopened[0].ID)
}

func TestLedger_MetricsThatDrift_AreNoIncident(t *testing.T) {
	t.Parallel()
	for strong, told := range map[rca.Signal]bool{rca.SignalMetric: false, rca.SignalLogs: true} {
		l := newLedger(true)
		d := detection(rca.PhaseOpened, epoch, false)
		d[0].Findings = []rca.Finding{{Signal: rca.SignalMetric, Surprise: 12}, {Signal: strong, Surprise: 8}}
		l.Detections(d)
		assert.Equal(t, told, len(l.Advance(epoch.Add(time.Minute))) > 0, strong)
	}
}

func TestLedger_MetricsDriftAfterTheEnd_ReopensNothing(t *testing.T) {
	t.Parallel()
	l := newLedger(false)
	l.Detections(detection(rca.PhaseOpened, epoch.Add(time.Minute), true))
	require.Len(t, l.Advance(epoch.Add(time.Minute)), 1)
	l.Detections(detection(rca.PhaseClosed, epoch.Add(2*time.Minute), true))
	require.Len(t, l.Advance(epoch.Add(8*time.Minute)), 1)
	at := epoch.Add(9 * time.Minute)
	drift := detection(rca.PhaseOpened, at, false)
	drift[0].ID, drift[0].Onset, drift[0].Findings = 2, at, []rca.Finding{{Signal: rca.SignalMetric, Surprise: 12}}
	l.Detections(drift)
	assert.Empty(t, l.Advance(at))
	drift[0].Phase, drift[0].UserFacing = rca.PhaseUpdated, true
	l.Detections(drift)
	require.Equal(t, []Phase{PhaseReopened}, phases(l.Advance(at.Add(time.Minute))), "until users feel it")
}

func TestLedger_TroubleDiesAway_KeepsTheCauseThatTwoLooksAgreedOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		agreed int
		later  float64
		want   string
	}{
		"as strong":        {2, 20, "memory"},
		"a bit weaker":     {2, 12, "memory"},
		"much weaker":      {2, 4, "cart"},
		"after one glance": {1, 4, "memory"},
	} {
		looks := 0
		l := NewLedger("", LedgerOptions{}, func(w rca.Window) Opinion {
			looks++
			h := rca.Hypothesis{Service: "cart", Score: 20}
			if looks > c.agreed {
				h = rca.Hypothesis{Service: "memory", Score: c.later}
			}
			return Opinion{Diagnosis: rca.Diagnosis{Window: w, Hypotheses: []rca.Hypothesis{h}}}
		}, nil)
		phase := rca.PhaseOpened
		var last []Incident
		for i := range c.agreed + 1 {
			at := epoch.Add(time.Duration(i+1) * 2 * time.Minute)
			l.Detections(detection(phase, at, true))
			last = l.Advance(at)
			require.Len(t, last, 1, name)
			phase = rca.PhaseUpdated
		}
		top, ok := last[0].Cause()
		assert.True(t, ok)
		assert.Equal(t, c.want, top.Service, name)
	}
}

func TestLedger_AlertsOfADisturbance_JoinIt(t *testing.T) {
	t.Parallel()
	l := newLedger(false)
	l.Detections(detection(rca.PhaseOpened, epoch.Add(time.Minute), true))
	l.Groups([]Group{{ID: 7, Start: epoch.Add(30 * time.Second), End: epoch.Add(time.Minute), Alerts: []Alert{{ID: "a", Service: "cart"}}}})
	l.Groups([]Group{{ID: 8, Start: epoch.Add(30 * time.Second), End: epoch.Add(time.Minute), Alerts: []Alert{{ID: "b", Service: "mail", Severity: SeverityError}}}})
	said := l.Advance(epoch.Add(2 * time.Minute))
	require.Len(t, said, 2)
	assert.Equal(t, []string{"a"}, said[0].AlertIDs)
	assert.Equal(t, []string{"b"}, said[1].AlertIDs)
}

func TestLedger_GroupDissolvedBeforeItWasTold_IsForgotten(t *testing.T) {
	t.Parallel()
	l := newLedger(true)
	l.Groups([]Group{{ID: 1, Start: epoch, End: epoch, Alerts: []Alert{{ID: "a"}}}})
	l.Groups([]Group{{ID: 1, Settled: true}})
	assert.Empty(t, l.Advance(epoch.Add(time.Hour)))
	assert.Zero(t, l.Open())
}
