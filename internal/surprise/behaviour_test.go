package surprise

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// play feeds days of a series with the given step and returns the verdicts.
func play(o *Options, step time.Duration, days float64, value func(day float64) float64) []Verdict {
	s := New(o)
	n := int(days * float64(24*time.Hour) / float64(step))
	out := make([]Verdict, n)
	for i := range out {
		t := time.Duration(i) * step
		out[i] = s.Observe(monday.Add(t), value(t.Hours()/24), Expectation{})
	}
	return out
}

// alarmDays are the days, with fractions, at which alarms were raised.
func alarmDays(v []Verdict, step time.Duration) []float64 {
	var out []float64
	for i, x := range v {
		if x.Alarm {
			out = append(out, (time.Duration(i)*step).Hours()/24)
		}
	}
	return out
}

// wave is a daily wave of 20 around 100 with noise of 1.
func wave(seed uint64) func(day float64) float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	return func(day float64) float64 { return 100 + 20*math.Sin(2*math.Pi*day) + rng.NormFloat64() }
}

func within(day, from, to float64) bool { return day >= from && day < to }

func TestScorer_LevelShift_LearntWithinADay(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{time.Minute, minutes5} {
		base := wave(3)
		got := play(&Options{}, step, 16, func(day float64) float64 {
			if day >= 10 {
				return base(day) + 60
			}
			return base(day)
		})
		days := alarmDays(got, step)
		assert.NotEmpty(t, days, "the shift is seen")
		for _, d := range days {
			assert.Less(t, math.Abs(d-10), .05, "%v: alarms at %v: only the shift itself is one", step, days)
		}
		for i, v := range got {
			if d := (time.Duration(i) * step).Hours() / 24; d > 11.01 && v.Active {
				t.Fatalf("%v: the episode still lasts on day %.2f", step, d)
			}
		}
		calm := 0
		for _, v := range got[len(got)*11/16:] {
			if v.Damp == 1 {
				calm++
			}
		}
		assert.Greater(t, float64(calm), .85*float64(len(got)*5/16), "after a day the pattern learns in full again")
	}
}

func TestScorer_ReturnToNormal_NotAnAlarm(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{time.Minute, minutes5} {
		for _, hours := range []float64{1, 3, 12} {
			t.Run(fmt.Sprint(step, " for ", hours, " hours"), func(t *testing.T) {
				t.Parallel()
				base := wave(4)
				got := play(&Options{}, step, 16, func(day float64) float64 {
					if within(day, 10.4, 10.4+hours/24) {
						return base(day) - 60
					}
					return base(day)
				})
				days := alarmDays(got, step)
				assert.NotEmpty(t, days)
				for _, d := range days {
					assert.False(t, within(d, 10.42, 10.4+hours/24+.3), "alarms at %v", days)
				}
				mid := int((10.4 + hours/48) * float64(len(got)) / 16)
				assert.True(t, got[mid].Active, "the episode lasts as long as the series is away")
				assert.Less(t, got[int(math.Ceil(10.4*float64(len(got))/16))].Damp, .2, "what is learnt of it is damped")
			})
		}
	}
}

func TestScorer_Flatline_Seen(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 5))
	got := play(&Options{}, minutes5, 14, func(day float64) float64 {
		if within(day, 10, 10.5) {
			return 42
		}
		return 42 + rng.NormFloat64()
	})
	days := alarmDays(got, minutes5)
	assert.NotEmpty(t, days, "a sensor that is stuck in the middle of its range")
	for _, d := range days {
		assert.True(t, within(d, 10, 10.6), "alarms at %v", days)
	}
}

func TestScorer_QuietSeries_StayQuiet(t *testing.T) {
	t.Parallel()
	rng := func() *rand.Rand { return rand.New(rand.NewPCG(6, 6)) }
	noise, heavy, poisson, sparse, walk := rng(), rng(), rng(), rng(), rng()
	level, total := 50., 0.
	base := wave(6)
	for name, tc := range map[string]struct {
		most  int // alarms in four weeks of five minutes
		value func(day float64) float64
	}{
		"constant":           {0, func(float64) float64 { return 1000 }},
		"zero":               {0, func(float64) float64 { return 0 }},
		"constant_by_a_hair": {0, func(day float64) float64 { return 1000 + math.Floor(math.Mod(day*7, 2)) }},
		"normal":             {2, func(float64) float64 { return 10 + noise.NormFloat64() }},
		"lognormal":          {6, func(float64) float64 { size := heavy.NormFloat64(); return math.Exp(size) }},
		"daily":              {2, base},
		"few_counts":         {3, func(float64) float64 { return float64(poissonOf(poisson, .05)) }},
		"sparse_spikes":      {6, func(float64) float64 { return spike(sparse, .01) }},
		"random_walk":        {6, func(float64) float64 { level += walk.NormFloat64(); return level }},
		"counter_with_reset": {9, func(day float64) float64 {
			if total += 5; math.Mod(day, 3) < .001 {
				total = 0
			}
			return total
		}},
	} {
		t.Run(name, func(t *testing.T) {
			days := alarmDays(play(&Options{}, minutes5, 28, tc.value), minutes5)
			assert.LessOrEqual(t, len(days), tc.most, "alarms at %v", days)
		})
	}
}

func poissonOf(rng *rand.Rand, mean float64) int {
	n, p, limit := 0, 1., math.Exp(-mean)
	for {
		if p *= rng.Float64(); p < limit {
			return n
		}
		n++
	}
}

func spike(rng *rand.Rand, share float64) float64 {
	if rng.Float64() < share {
		return 100 + 10*rng.NormFloat64()
	}
	return 0
}

func TestScorer_Gap_NoAlarmAfterIt(t *testing.T) {
	t.Parallel()
	s, base := New(&Options{}), wave(7)
	var last []float64
	for i := range 16 * 288 {
		day := float64(i) / 288
		if within(day, 10, 10.5) || within(day, 12.1, 12.3) {
			continue
		}
		if s.Observe(at(i), base(day), Expectation{}).Alarm {
			last = append(last, day)
		}
	}
	assert.Empty(t, last)
}

func TestScorer_ClockSetBack_GoesOn(t *testing.T) {
	t.Parallel()
	s, base := New(&Options{}), daily(rand.New(rand.NewPCG(8, 8)))
	alarms(s, 0, 3000, base)
	s.Observe(at(3000).Add(10*365*24*time.Hour), 100, Expectation{})
	got := alarms(s, 3001, 600, func(i int) float64 {
		if i == 3500 {
			return 400
		}
		return base(i)
	})
	assert.Equal(t, []int{3500}, got, "one time from the future does not end the series")
}

func TestScorer_DirectionAndMinDev_Count(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		o    Options
		by   float64
		want bool
	}{
		"both_up":        {Options{}, 30, true},
		"both_down":      {Options{}, -30, true},
		"above_up":       {Options{Direction: Above}, 30, true},
		"above_down":     {Options{Direction: Above}, -30, false},
		"below_down":     {Options{Direction: Below}, -30, true},
		"below_up":       {Options{Direction: Below}, 30, false},
		"small":          {Options{MinDev: 50}, 30, false},
		"large_enough":   {Options{MinDev: 20}, 30, true},
		"high_threshold": {Options{Threshold: .9}, 30, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, s := daily(rand.New(rand.NewPCG(9, 9))), New(&tc.o)
			alarms(s, 0, 2880, base)
			seen := false
			for i := 2880; i < 2883; i++ {
				seen = s.Observe(at(i), base(i)+tc.by, Expectation{}).Alarm || seen
			}
			assert.Equal(t, tc.want, seen)
		})
	}
}

func TestScorer_Expectation_UsedWhereKnown(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(10, 10))
	lunch := func(i int) float64 { // every day at noon, an hour that nothing else foretells
		if i%288 >= 144 && i%288 < 156 && i/288%7 == 3 {
			return 60
		}
		return 0
	}
	with, without := New(&Options{}), New(&Options{})
	var a, b float64
	for i := range 40 * 288 {
		usual := 100 + lunch(i)
		v := usual + rng.NormFloat64()
		x := with.Observe(at(i), v, Expectation{Median: usual, Known: true}).Score
		y := without.Observe(at(i), v, Expectation{}).Score
		if i > 30*288 && i%288 >= 146 && i%288 < 156 {
			a, b = max(a, x), max(b, y)
		}
	}
	assert.LessOrEqual(t, a, b)
}

func TestScorer_Scale_DoesNotMatter(t *testing.T) {
	t.Parallel()
	one, other := New(&Options{}), New(&Options{})
	base := daily(rand.New(rand.NewPCG(11, 11)))
	for i := range 3000 {
		v := base(i)
		assert.Equal(t, one.Observe(at(i), v, Expectation{}), other.Observe(at(i), v*1024, Expectation{}))
	}
}
