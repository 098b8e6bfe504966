package surprise

import (
	"math"

	"github.com/braidotel/braid/internal/eventtime"
)

const (
	nanosPerHour = int64(3600 * 1e9)
	nanosPerDay  = hoursOfDay * nanosPerHour
	profileDays  = 5. // days a profile remembers
)

// profile is a plain picture of the day: a robust level for every hour (UTC), straight lines between their middles. It
// stands in where nobody supplies an Expectation.
type profile struct {
	Level [hoursOfDay]float64
	Seen  [hoursOfDay]uint16
	Usual float64 // usual distance of a value from its level
	Total uint32
}

func hourOf(at eventtime.Instant) int {
	return int(((int64(at)%nanosPerDay + nanosPerDay) % nanosPerDay) / nanosPerHour)
}

// expect is the usual value at this time of day, once both hours it lies between have been seen.
func (p *profile) expect(at eventtime.Instant) (float64, bool) {
	of := float64((int64(at)%nanosPerDay+nanosPerDay)%nanosPerDay)/float64(nanosPerHour) - .5
	low := math.Floor(of)
	w := of - low
	a := (int(low) + hoursOfDay) % hoursOfDay
	b := (a + 1) % hoursOfDay
	if p.Seen[a] == 0 || p.Seen[b] == 0 {
		return 0, false
	}
	return (1-w)*p.Level[a] + w*p.Level[b], true
}

// learn takes a value; perHour is how many there usually are in an hour.
func (p *profile) learn(at eventtime.Instant, v, perHour float64) {
	h := hourOf(at)
	if p.Seen[h] < math.MaxUint16 {
		p.Seen[h]++
	}
	if p.Total < math.MaxUint32 {
		p.Total++
	}
	n := float64(p.Seen[h])
	dev := v - p.Level[h]
	if n > 2*perHour {
		limit := clip * p.Usual
		dev = min(max(dev, -limit), limit)
	}
	if n > 1 {
		p.Usual += max(1/float64(p.Total), 1/(7*hoursOfDay*perHour)) * (math.Abs(dev) - p.Usual)
	}
	p.Level[h] += max(1/n, min(1/(profileDays*perHour), 1)) * dev
}
