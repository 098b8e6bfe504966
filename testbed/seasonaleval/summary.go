package seasonaleval

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

// summary is what the scorer of the set does not print: the calibration of all probabilities together, and how the bands
// hold in the week after the clocks change.
type summary struct {
	bins    [10]bin
	changed share
}

// bin is the forecasts of one range of probability.
type bin struct{ rows, said, seen float64 }

type share struct{ rows, held int }

const week = 7 * 24 * time.Hour

// add takes one forecast and its outcome.
func (s *summary) add(p *plan, at eventtime.Instant, value float64, band seasonal.Band, exceed float64) {
	b := &s.bins[min(int(exceed*float64(len(s.bins))), len(s.bins)-1)]
	b.rows++
	b.said += exceed
	if value > p.threshold {
		b.seen++
	}
	since, _ := at.Time().In(p.zone).ZoneBounds()
	if since.IsZero() || !since.After(p.start.Time()) || at.Time().Sub(since) >= week {
		return
	}
	s.changed.rows++
	if band.Low <= value && value <= band.High {
		s.changed.held++
	}
}

// ece is the expected calibration error: |said - seen| over ten bins, weighted by their rows.
func (s *summary) ece() float64 {
	var rows, off float64
	for _, b := range s.bins {
		rows += b.rows
		off += math.Abs(b.said - b.seen)
	}
	return off / rows
}

func (s *summary) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "ECE of P(exceed), all series and leads: %.3f\n", s.ece())
	if err == nil && s.changed.rows > 0 {
		_, err = fmt.Fprintf(w, "in the week after the clocks change %d of %d values lie in their band: %.3f\n",
			s.changed.held, s.changed.rows, float64(s.changed.held)/float64(s.changed.rows))
	}
	return err
}
