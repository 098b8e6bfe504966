package seasonal

import (
	"math"
	"time"
)

const (
	slotSeconds = 300
	hourSeconds = 3600
	daySeconds  = 86400
	slots       = daySeconds / slotSeconds
	slotsOfHour = hourSeconds / slotSeconds
	hours       = 24
	days        = 7
)

// calendar turns Unix seconds into places in the local day and week. It remembers the offset from UTC until the clock
// changes, so that asking costs no look-up in the zone's table.
type calendar struct {
	zone                *time.Location
	offset, from, until int64
}

// place is where a moment lies on the local clock.
type place struct {
	id   int64 // local hours since the Unix epoch
	slot int   // five minutes of the day
	day  int   // day of the week, Monday is 0
	hour int   // hour of the day
}

func newCalendar(zone *time.Location) calendar {
	if zone == nil {
		zone = time.UTC
	}
	return calendar{zone: zone}
}

func (c *calendar) place(sec int64) place {
	if sec < c.from || sec >= c.until {
		c.load(sec)
	}
	local := sec + c.offset
	of := local % daySeconds
	if of < 0 {
		of += daySeconds
	}
	day := (local - of) / daySeconds
	return place{
		id:   (local - of%hourSeconds) / hourSeconds,
		slot: int(of / slotSeconds),
		day:  int(((day+3)%days + days) % days), // the epoch is a Thursday
		hour: int(of / hourSeconds),
	}
}

func (c *calendar) load(sec int64) {
	t := time.Unix(sec, 0).In(c.zone)
	_, offset := t.Zone()
	c.offset, c.from, c.until = int64(offset), math.MinInt64, math.MaxInt64
	from, until := t.ZoneBounds()
	if !from.IsZero() {
		c.from = from.Unix()
	}
	if !until.IsZero() {
		c.until = until.Unix()
	}
}
