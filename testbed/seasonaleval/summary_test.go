package seasonaleval

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

func TestSummary_SaidHalfSeenAQuarter_IsOffByAQuarter(t *testing.T) {
	t.Parallel()
	var s summary
	p := plan{threshold: 10, zone: time.UTC}
	for i := range 8 {
		value := 5.0
		if i%4 == 0 {
			value = 11
		}
		s.add(&p, eventtime.Instant(i), value, seasonal.Band{Low: 0, High: 20}, 0.5)
	}
	assert.InDelta(t, 0.25, s.ece(), 1e-9)

	var out bytes.Buffer
	require.NoError(t, s.print(&out))
	assert.NotContains(t, out.String(), "clocks", "there is no clock change in UTC")
}

func TestSummary_OnlyTheWeekAfterTheChange_Counts(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Australia/Melbourne")
	require.NoError(t, err)
	// Clocks went forward there on 5 October 2014 at 02:00.
	change := time.Date(2014, 10, 5, 3, 0, 0, 0, zone)
	p := plan{threshold: 10, zone: zone, start: eventtime.Of(change.AddDate(0, -1, 0))}
	var s summary
	for _, days := range []int{-3, 0, 3, 6, 8} {
		s.add(&p, eventtime.Of(change.AddDate(0, 0, days)), float64(days), seasonal.Band{Low: 0, High: 4}, 0)
	}
	assert.Equal(t, share{rows: 3, held: 2}, s.changed)
}
