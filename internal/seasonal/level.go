package seasonal

import "math"

const (
	outsideShare = .6             // of an hour, above which it counts as outside of the band
	moveHours    = 16             // outside on one side, less two for each inside, after which the level has moved
	undoWithin   = 7 * daySeconds // in which a return to the old level is recognised
	undoHours    = 2              // that it takes
)

// watchLevel looks at the hour that has ended: is the series outside of its band on the same side for the better part of
// a day, its level has moved, and all profiles move along. If it then comes back to the old level, they do at once, so
// that what is normal again is not called unusual for a day.
func (s *Series) watchLevel(sec int64) {
	m, h := &s.s.Move, &s.s.Hour
	off, share := float64(h.Off)/h.Seconds, float64(h.Outside)/h.Seconds
	side := int16(0)
	switch {
	case share > outsideShare:
		side = 1
	case share < -outsideShare:
		side = -1
	}
	if side == 0 {
		m.calm()
		return
	}
	if side*m.Hours < 0 {
		m.Hours, m.Sum = 0, 0
	}
	m.Hours += side
	m.Sum += float32(off)
	if m.Last != 0 && sec-m.At < undoWithin && math.Abs(off+float64(m.Last)) < .3*math.Abs(float64(m.Last)) {
		if m.Back++; m.Back >= undoHours {
			s.moveLevel(sec, -float64(m.Last), int(m.Back))
		}
		return
	}
	m.Back = 0
	if n := int(max(m.Hours, -m.Hours)); n >= moveHours {
		s.moveLevel(sec, float64(m.Sum)/float64(n), n)
	}
}

// calm takes an hour within the band: two hours outside are forgotten for it.
func (m *move) calm() {
	m.Back = 0
	n := max(m.Hours, -m.Hours)
	if n <= 2 {
		m.Hours, m.Sum = 0, 0
		return
	}
	m.Sum *= float32(n-2) / float32(n)
	m.Hours -= 2 * m.Hours / n
}

// moveLevel adds to the usual day and to the hours before those that are at the new level already. The hours stay as they
// were written: a weekend that looked like a change of level is none once the weeks are known.
func (s *Series) moveLevel(sec int64, by float64, seen int) {
	p := &s.s.Profile
	rest := by
	if undo := seen < moveHours; undo {
		p.Moved, p.MovedHour = 0, 0
	} else {
		rest = s.remaining(by)
		if s.s.Hour.ID-p.MovedHour > days*hours {
			p.Moved = 0 // the latest hours are all from after that move
		}
		p.Moved += float32(by)
		p.MovedHour = s.s.Hour.ID + 1 - int64(seen)
	}
	for i, b := range p.Usual {
		p.Usual[i] = p.Scale.put(p.Scale.get(b) + rest)
	}
	c := s.deviations()
	for i, b := range s.s.Recent {
		s.s.Recent[i] = c.put(c.get(b) - rest)
	}
	s.s.Move = move{Last: float32(by), At: sec}
}

// remaining is what is left of a move after the usual day has followed for a day: the mean distance from it.
func (s *Series) remaining(by float64) float64 {
	p := &s.s.Profile
	sum, n := 0.0, 0.0
	for i, b := range p.Yesterday {
		if d := p.Scale.get(b) - p.Scale.get(p.Usual[i]); d == d && d*by > 0 {
			sum += min(math.Abs(d), math.Abs(by))
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return math.Copysign(sum/n, by)
}
