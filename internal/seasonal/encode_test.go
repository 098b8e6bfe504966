package seasonal_test

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

func encoded(t testing.TB, s *seasonal.Series) []byte {
	t.Helper()
	b, err := s.AppendBinary(nil)
	require.NoError(t, err)
	return b
}

func TestSeries_RestartedAnywhere_IsUndisturbed(t *testing.T) {
	t.Parallel()
	o := seasonal.NewOptions()
	for _, after := range []int{0, 1, 11, 287, 289, 1000, 2500} {
		w := newWave(true)
		values := make([]float64, 3000)
		for i := range values {
			values[i] = w.at(monday.Add(time.Duration(i) * step).Time())
		}
		through, restarted := seasonal.New(o), seasonal.New(o)
		for i, v := range values {
			if i == after {
				var err error
				restarted, err = seasonal.Decode(o, encoded(t, restarted))
				require.NoError(t, err)
			}
			at := monday.Add(time.Duration(i) * step)
			a, b := through.Observe(at, v), restarted.Observe(at, v)
			require.Equal(t, a.Score, b.Score)
		}
		assert.Equal(t, encoded(t, through), encoded(t, restarted), "after %d", after)
		assert.Equal(t, through.Forecast(time.Hour), restarted.Forecast(time.Hour))
	}
}

func TestDecode_Malformed_IsRefused(t *testing.T) {
	t.Parallel()
	o := seasonal.NewOptions()
	s := seasonal.New(o)
	feed(s, monday, aDay, time.UTC, newWave(false).at)
	good := encoded(t, s)
	assert.Less(t, len(good), 8<<10)
	change := func(f func(b []byte)) []byte {
		b := append([]byte(nil), good...)
		f(b)
		return b
	}
	for name, b := range map[string][]byte{
		"empty":     nil,
		"version":   change(func(b []byte) { b[0] = 99 }),
		"short":     good[:len(good)-1],
		"long":      append(append([]byte(nil), good...), 0),
		"half":      good[:len(good)/2],
		"negative":  change(func(b []byte) { binary.LittleEndian.PutUint64(b[1:], math.MaxUint64) }),
		"not_first": change(func(b []byte) { binary.LittleEndian.PutUint64(b[9:], math.MaxInt64) }),
		"slot":      change(func(b []byte) { binary.LittleEndian.PutUint64(b[25:], 7) }),
		"value_nan": change(func(b []byte) { binary.LittleEndian.PutUint64(b[33:], math.Float64bits(math.NaN())) }),
	} {
		_, err := seasonal.Decode(o, b)
		assert.Error(t, err, name)
	}
}

func FuzzDecode(f *testing.F) {
	o := seasonal.NewOptions()
	s := seasonal.New(o)
	f.Add(encoded(f, s))
	feed(s, monday, 2*aDay, time.UTC, newWave(false).at)
	f.Add(encoded(f, s))
	f.Add([]byte{1})
	f.Fuzz(func(_ *testing.T, b []byte) {
		s, err := seasonal.Decode(o, b)
		if err != nil {
			return
		}
		for i := range 300 {
			s.Observe(monday.Add(time.Duration(i)*step), float64(i))
		}
		s.Forecast(aDay)
		s.Exceed(1, time.Hour)
		s.Compare(monday)
	})
}

func FuzzObserve(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	f.Add(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, math.MaxInt64), math.Float64bits(1e29)))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := seasonal.New(seasonal.NewOptions())
		feed(s, monday, 30*time.Hour, time.UTC, newWave(false).at)
		for ; len(b) >= 16; b = b[16:] {
			at := eventtime.Instant(binary.LittleEndian.Uint64(b))
			if b[0]%2 == 0 { // most times anywhere are late: take half of them near
				at = monday.Add(30*time.Hour + time.Duration(binary.LittleEndian.Uint32(b))*time.Millisecond)
			}
			s.Observe(at, math.Float64frombits(binary.LittleEndian.Uint64(b[8:])))
		}
		for _, lead := range []time.Duration{step, time.Hour, aDay, 7 * aDay} {
			band := s.Forecast(lead)
			require.False(t, band.Low > band.Median || band.Median > band.High, "%v", band)
			p := s.Exceed(100, lead)
			require.False(t, p < 0 || p > 1)
		}
		_, err := seasonal.Decode(seasonal.NewOptions(), encoded(t, s))
		require.NoError(t, err)
	})
}
