package surprise

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
)

var monday = eventtime.Of(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))

const minutes5 = 5 * time.Minute

// at is the time of point i of a series of 5 minutes.
func at(i int) eventtime.Instant { return monday.Add(time.Duration(i) * minutes5) }

// daily is a series of 5 minutes with a daily wave of 20 around 100 and noise of 1.
func daily(rng *rand.Rand) func(i int) float64 {
	return func(i int) float64 { return 100 + 20*math.Sin(2*math.Pi*float64(i)/288) + rng.NormFloat64() }
}

// alarms feeds n points and returns where alarms were raised.
func alarms(s *Scorer, from, n int, value func(i int) float64) []int {
	var out []int
	for i := from; i < from+n; i++ {
		if s.Observe(at(i), value(i), Expectation{}).Alarm {
			out = append(out, i)
		}
	}
	return out
}

func TestScorer_Spike_OneAlarmAtOnce(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	base := daily(rng)
	s := New(&Options{})
	got := alarms(s, 0, 12*288, func(i int) float64 {
		if i >= 2880 && i < 2886 {
			return base(i) + 60
		}
		return base(i)
	})
	assert.Equal(t, []int{2880}, got, "six raised points are one alarm, at the first")
}

func TestScorer_NotNumbersAndOldTimes_PassedOver(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	base := daily(rng)
	s := New(&Options{})
	alarms(s, 0, 2000, base)
	before, err := s.AppendBinary(nil)
	require.NoError(t, err)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e200, -math.MaxFloat64} {
		assert.Equal(t, Verdict{}, s.Observe(at(2000), v, Expectation{}))
	}
	after, err := s.AppendBinary(nil)
	require.NoError(t, err)
	assert.Equal(t, before, after)
	assert.Equal(t, Verdict{}, s.Observe(at(1999), 1e6, Expectation{}), "a duplicate")
	assert.Equal(t, Verdict{}, s.Observe(at(3), 1e6, Expectation{}), "late")
	assert.Equal(t, Verdict{}, s.Observe(0, 1e6, Expectation{}), "without a time")
}

func TestScorer_Restored_GoesOnAlike(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	base := daily(rng)
	s := New(&Options{})
	alarms(s, 0, 3000, base)
	saved, err := s.AppendBinary(nil)
	require.NoError(t, err)
	restored := New(&Options{})
	require.NoError(t, restored.UnmarshalBinary(saved))
	for i := 3000; i < 3600; i++ {
		v := base(i)
		assert.Equal(t, s.Observe(at(i), v, Expectation{}), restored.Observe(at(i), v, Expectation{}))
	}
}
