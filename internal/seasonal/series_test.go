package seasonal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

func TestSeries_Restart_AnswersAlike(t *testing.T) {
	t.Parallel()
	o := seasonal.NewOptions()
	s := seasonal.New(o)
	at := eventtime.Of(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	for i := range 2000 {
		s.Observe(at.Add(time.Duration(i)*5*time.Minute), float64(i%288))
	}
	b, err := s.AppendBinary(nil)
	require.NoError(t, err)
	r, err := seasonal.Decode(o, b)
	require.NoError(t, err)
	assert.Equal(t, s.Forecast(time.Hour), r.Forecast(time.Hour))
}
