package simulate

import (
	"math"
	"time"
)

// korea has no daylight saving time: the shop's day is always UTC+9.
var korea = time.FixedZone("KST", 9*60*60)

// hourly is the load of a weekday by local hour, as a share of the busiest: asleep at four, a lunch hump, the evening peak.
var hourly = [24]float64{
	0.42, 0.28, 0.18, 0.12, 0.10, 0.11, 0.16, 0.26, 0.40, 0.54, 0.62, 0.68,
	0.76, 0.72, 0.64, 0.62, 0.63, 0.64, 0.68, 0.78, 0.92, 1.00, 0.90, 0.66,
}

// weekday is each day's share of the busiest day, Sunday first.
var weekday = [7]float64{0.92, 1.00, 0.97, 0.95, 0.93, 0.88, 0.80}

// Load returns the share of the busiest hour's visitors that the shop expects at t, between 0 and 1.
func Load(t time.Time) float64 {
	local := t.In(korea)
	sinceHour := time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second
	x := float64(sinceHour) / float64(time.Hour)
	blend := (1 - math.Cos(math.Pi*x)) / 2 // smooth from one hour's figure to the next
	next := local.Add(time.Hour)
	return level(local)*(1-blend) + level(next)*blend
}

func level(local time.Time) float64 {
	return hourly[local.Hour()] * weekday[local.Weekday()]
}
