package seasonal

import (
	"math"

	"github.com/braidotel/braid/internal/eventtime"
)

// advance moves the model on to the time of a point, measures what had been forecast of it, and returns the seconds that
// the point stands for.
func (s *Series) advance(at eventtime.Instant, sec int64, v float64) float64 {
	m := &s.s
	gap := float64(slotSeconds)
	if m.Points == 0 {
		m.First, m.Resumed = sec-slotSeconds, sec-slotSeconds
		m.Profile.Level = v
		m.Profile.Scale = around(v, math.Abs(v)/1000+1e-30)
	} else {
		elapsed := float64(int64(at)-m.Last) / float64(second)
		gap = min(elapsed, hourSeconds)
		if m.Step == 0 {
			m.Step = float32(gap)
		}
		if elapsed > max(hourSeconds/2, 4*float64(m.Step)) {
			m.Resumed = sec
		}
		m.Step += float32(.02 * (gap - float64(m.Step)))
		m.grain(math.Abs(v - m.Value))
	}
	if !m.Profile.Scale.fits(v) {
		s.rescale(around(m.Profile.Level, math.Abs(v-m.Profile.Level)/(1<<10)))
	}
	m.Points = min(m.Points+1, math.MaxUint32-1)
	m.Last, m.Value = int64(at), v
	if bin := floorDiv(sec, slotSeconds); bin != m.Bin {
		s.openSlot(sec, bin, v, gap)
	}
	return gap
}

// openSlot begins the slot of a point.
func (s *Series) openSlot(sec, bin int64, v, gap float64) {
	m := &s.s
	skipped := bin - m.Bin - 1
	if m.Bin == math.MinInt64 || skipped < 0 || skipped > int64(len(m.Recent)) {
		skipped = int64(len(m.Recent))
	}
	for k := range skipped {
		m.Recent[mod(bin-1-k, int64(len(m.Recent)))] = unknown16
	}
	m.Bin = bin
	seconds := max(gap, slotSeconds)
	if at := s.calendar.place(sec); at.id != m.Hour.ID {
		s.closeHour(sec)
		s.openHour(at)
	}
	w := s.view(sec)
	for i := range m.Horizons {
		s.measure(i, sec, v, seconds, &w)
	}
	if w.known {
		far := &m.Horizons[farthest]
		m.Profile.learnSpread(w.at.hour, v-w.base, v-w.base-predict(&far.Blend.Now, &w.x), seconds)
	}
	usual := s.usual(&w, &m.Horizons[farthest].Quantile)
	m.Open = open{Base: w.base, Usual: [3]float64{usual.Low, usual.Median, usual.High}, Before: m.Profile.Usual[w.at.slot], Was: m.Profile.Yesterday[w.at.slot]}
	m.Profile.change(w.at.slot, v, 1)
}

// measure compares a value with what was forecast of it at one lead.
func (s *Series) measure(i int, sec int64, v, seconds float64, w *view) {
	latest, lastHour, at, ok := s.origin(i, sec)
	if !ok {
		return
	}
	h, lead := &s.s.Horizons[i], leads[i]
	x := w.from(latest, lastHour, s.s.Profile.spread(s.calendar.place(at).hour), lead)
	if u, ok := h.measure(lead, &x, v-w.base, w, seconds); ok {
		s.s.Past[group(i)][w.at.hour/2].add(binOf(u))
	}
	if now := uint32(sec / 60); int64(now-h.Blend.Solved) >= max(lead, hourSeconds)/60 {
		p := prior(lead)
		h.Blend.solve(&p, lead)
		h.Blend.Solved = now
	}
}

func group(i int) int {
	if i < near {
		return 0
	}
	return 1
}

// absorb lets the profiles learn a point, with the weight damp where a surprise would spoil them.
func (s *Series) absorb(sec int64, v, gap, damp float64) {
	m := &s.s
	o, p := &m.Open, &m.Profile
	slot := s.calendar.place(sec).slot
	o.N++
	o.Sum += v
	o.Damped += o.Base + damp*(v-o.Base)
	mean := o.Sum / float64(o.N)
	p.Yesterday[slot] = p.Scale.put(mean)
	p.learn(slot, o.Before, o.Damped/float64(o.N), float64((sec-m.First)/daySeconds))
	c := s.deviations()
	m.Recent[mod(m.Bin, int64(len(m.Recent)))] = c.put(mean - o.Base)

	m.Hour.Sum += gap * v
	m.Hour.Seconds += gap
	if d := v - o.Usual[1]; d == d {
		m.Hour.Off += float32(gap * d)
		switch {
		case v > o.Usual[2]:
			m.Hour.Outside += float32(gap)
		case v < o.Usual[0]:
			m.Hour.Outside -= float32(gap)
		}
	}
	share := max(1/float64(m.Points), gap/daySeconds)
	m.Rough += float32(share * (math.Abs(v-p.Level) - float64(m.Rough)))
	p.Level += share * (v - p.Level)
}

// openHour looks up what is known of an hour as it begins.
func (s *Series) openHour(at place) {
	h := s.s.Profile.hourly(at, at.id)
	s.s.Hour = hour{ID: at.id, Weeks: h.weeks, Kind: h.kind, Day: h.days}
	for i := range s.s.Horizons {
		s.s.Horizons[i].Quantile = s.quantiles(i, at.hour)
	}
}

// closeHour keeps the mean of the hour that has ended.
func (s *Series) closeHour(sec int64) {
	h := &s.s.Hour
	if h.Seconds < .4*hourSeconds {
		return
	}
	s.s.Profile.keep(placeOf(h.ID), h.Sum/h.Seconds)
	s.watchLevel(sec)
	p := &s.s.Profile
	if drift := math.Abs(p.Level - p.Scale.Base); p.Errors > 0 && drift > 25*float64(p.Errors) {
		s.rescale(scale{Base: p.Level, Bias: p.Scale.Bias})
	}
}

// placeOf returns the place of a local hour.
func placeOf(id int64) place {
	day := floorDiv(id, hours)
	return place{id: id, day: int(mod(day+3, days)), hour: int(mod(id, hours))}
}

// rescale moves everything written in briefs to another scale.
func (s *Series) rescale(to scale) {
	from, into := s.deviations(), scale{Bias: to.Bias}
	for i, b := range s.s.Recent {
		s.s.Recent[i] = into.put(from.get(b))
	}
	c := s.s.Profile.Scale
	s.s.Open.Before, s.s.Open.Was = to.put(c.get(s.s.Open.Before)), to.put(c.get(s.s.Open.Was))
	s.s.Profile.recode(to)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// grain follows the smallest change of the value: down at once, up by 1/e in some thousand changes.
func (s *state) grain(change float64) {
	switch g := float64(s.Grain); {
	case change == 0:
	case g == 0 || change < g:
		s.Grain = float32(change)
	default:
		s.Grain = float32(min(g*(1+grainGrowth), change))
	}
}
