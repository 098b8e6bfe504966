package seasonal

import "math"

// view is what the profiles say of a moment: the usual day, how far each other source is from it, and how wide errors
// are at that hour.
type view struct {
	at           place
	known        bool // there is a pattern: a day has been seen
	base         float64
	x            features // without the deviations of the origin
	spread       float64
	relative     float64
	upper, lower float64
	errors       float64
}

// patternAfter is how long a series must have been seen before it has a pattern. Ten minutes are forgiven.
const patternAfter = daySeconds - 2*slotSeconds

const unease = .2 // by which errors are wider for each usual distance that the last hour was off

func (s *Series) view(sec int64) view {
	p := &s.s.Profile
	v := view{at: s.calendar.place(sec), base: p.Level, relative: 1, errors: float64(p.Errors)}
	if s.o.Season == SeasonNone || s.s.Last/second-s.s.First < patternAfter {
		return v
	}
	base := p.usual(v.at.slot)
	if base != base {
		return v
	}
	v.known, v.base = true, base
	v.spread, v.relative = p.spread(v.at.hour), p.relative(v.at.hour)
	v.upper, v.lower = float64(p.Upper[v.at.hour]), float64(p.Lower[v.at.hour])
	v.x[fromYesterday] = clipped(orZero(p.yesterday(v.at.slot)-base), clipYesterday*v.spread)
	h := hourly{weeks: s.s.Hour.Weeks, kind: s.s.Hour.Kind, days: s.s.Hour.Day}
	if v.at.id != s.s.Hour.ID {
		h = p.hourly(v.at, s.s.Hour.ID)
	}
	v.x[fromDays] = orZero(h.days - base)
	if s.o.Season != SeasonDay && s.s.Last/second-s.s.First >= days*daySeconds {
		v.x[fromWeeks] = orZero(h.weeks - base)
		v.x[fromKind] = orZero(h.kind - base)
	}
	return v
}

// clipYesterday is how many usual distances yesterday may be from the usual day: beyond it was a spike, not a pattern.
const clipYesterday = 10

func clipped(x, limit float64) float64 { return min(max(x, -limit), limit) }

func orZero(v float64) float64 {
	if v != v {
		return 0
	}
	return v
}

// from completes the features with the deviations at an origin.
func (v *view) from(latest, lastHour, spreadThere float64, lead int64) features {
	x := v.x
	if lead <= hourSeconds {
		x[fromLatest] = orZero(latest)
	}
	switch {
	case !v.known:
		x[fromLastHour] = orZero(lastHour)
	case spreadThere > 0:
		x[fromLastHour] = orZero(max(-20, min(20, lastHour/spreadThere)) * v.spread)
	}
	return x
}

// width is how wide errors are at that hour beside other hours, wider while the series is not as usual.
func (v *view) width(x *features) float64 {
	if v.spread <= 0 {
		return v.relative
	}
	return v.relative * (1 + unease*min(3, math.Abs(x[fromLastHour])/v.spread))
}

// origin returns the deviations as they were lead ago: the latest, and the mean of the hour before.
func (s *Series) origin(i int, sec int64) (latest, lastHour float64, at int64, ok bool) {
	lead := leads[i]
	at = sec - lead
	if at-hourSeconds < s.s.Resumed && lead > hourSeconds || at < s.s.First {
		return 0, 0, at, false
	}
	if i < near {
		bin := s.s.Bin - lead/slotSeconds
		latest = s.recent(bin)
		return latest, s.recentHour(bin), at, latest == latest
	}
	slot := s.calendar.place(at).slot
	sum, n := 0.0, 0.0
	p := &s.s.Profile
	for d := range slotsOfHour {
		j := (slot - d + slots) % slots
		if y := p.Scale.get(p.Yesterday[j]) - p.Scale.get(p.Usual[j]); y == y {
			sum += y
			n++
		}
	}
	// The usual day has since moved towards that value; undo it.
	age := 1 + float64((at-s.s.First)/daySeconds)
	if age < 2 {
		return 0, 0, at, false
	}
	moved := 1 / min(age, slotDays)
	lastHour = sum / n / (1 - moved)
	return 0, lastHour, at, lastHour == lastHour
}

func (s *Series) deviations() scale { return scale{Bias: s.s.Profile.Scale.Bias} }

func (s *Series) recent(bin int64) float64 {
	c := s.deviations()
	return c.get(s.s.Recent[mod(bin, int64(len(s.s.Recent)))])
}

// recentHour is the mean deviation of the hour that ends with a slot.
func (s *Series) recentHour(bin int64) float64 {
	sum, n := 0.0, 0.0
	for k := range int64(slotsOfHour) {
		if d := s.recent(bin - k); d == d {
			sum += d
			n++
		}
	}
	return sum / n
}

func mod(a, b int64) int64 {
	if a %= b; a < 0 {
		a += b
	}
	return a
}
