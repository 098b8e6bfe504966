package seasonaltraffic

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/braidotel/braid/internal/backtest"
	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// judged is a row with a verdict.
func judged(at eventtime.Instant, value float64, unusual bool) backtest.Row {
	return backtest.Row{At: at, Value: value, Verdict: seasonal.Verdict{Active: unusual}}
}
