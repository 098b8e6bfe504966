package seasonal

import "math"

const (
	weeks        = 4  // kept of each hour of the week
	slotDays     = 5  // over which the profile of the day averages
	clipSpread   = 12 // median changes of the profile in one day that it may make at once
	spreadDays   = 7  // over which the usual deviation of an hour averages
	upperShare   = .95
	lowerShare   = .05
	grainGrowth  = 1. / 4000
	spreadFactor = 2. // how many times faster than an average the quantiles of an hour move
)

// profile remembers what the series was: yesterday in slots of five minutes, the usual day in such slots, and the means
// of the hours of the last four weeks.
type profile struct {
	Scale     scale
	Yesterday [slots]brief
	Usual     [slots]brief
	Week      [days][hours][weeks]brief // latest first
	Moved     float32                   // to be added to the hours before MovedHour
	Change    float32                   // median change of the usual day from one day to the next
	MovedHour int64                     // local hours since the epoch
	Level     float64                   // mean of about a day

	// Of each hour of the day: mean distance from the usual day, and the quantiles of the errors a day ahead.
	Spread, Upper, Lower [hours]float32
	Errors               float32 // mean size of the errors a day ahead
}

func (p *profile) init() {
	for i := range p.Yesterday {
		p.Yesterday[i], p.Usual[i] = unknown16, unknown16
	}
	for d := range p.Week {
		for h := range p.Week[d] {
			for w := range p.Week[d][h] {
				p.Week[d][h][w] = unknown16
			}
		}
	}
}

// recode moves all that is written in briefs to a new scale.
func (p *profile) recode(to scale) {
	for i := range p.Yesterday {
		p.Yesterday[i] = to.put(p.Scale.get(p.Yesterday[i]))
		p.Usual[i] = to.put(p.Scale.get(p.Usual[i]))
	}
	for d := range p.Week {
		for h := range p.Week[d] {
			for w := range p.Week[d][h] {
				p.Week[d][h][w] = to.put(p.Scale.get(p.Week[d][h][w]))
			}
		}
	}
	p.Scale = to
}

// usual is the usual day at a slot, smoothed over its neighbours; NaN while unknown.
func (p *profile) usual(slot int) float64 {
	sum, n := 0.0, 0.0
	for d := -1; d <= 1; d++ {
		if v := p.Scale.get(p.Usual[(slot+d+slots)%slots]); v == v {
			w := float64(2 - d*d)
			sum += w * v
			n += w
		}
	}
	if n == 0 {
		return p.nearest(&p.Usual, slot)
	}
	return sum / n
}

// yesterday is the latest value at a slot, NaN while unknown.
func (p *profile) yesterday(slot int) float64 {
	if v := p.Scale.get(p.Yesterday[slot]); v == v {
		return v
	}
	return p.nearest(&p.Yesterday, slot)
}

// nearest looks for a slot up to an hour away, which a series with long steps needs when its clock drifts.
func (p *profile) nearest(of *[slots]brief, slot int) float64 {
	for d := 1; d <= slotsOfHour; d++ {
		for _, j := range [2]int{slot - d, slot + d} {
			if v := p.Scale.get(of[(j+slots)%slots]); v == v {
				return v
			}
		}
	}
	return math.NaN()
}

// learn moves the usual day towards a value at a slot of which the day so far is since days long; before is what the
// usual day was there when the slot began.
func (p *profile) learn(slot int, before brief, v, since float64) {
	c := p.Scale.get(before)
	if c != c {
		p.Usual[slot] = p.Scale.put(v)
		return
	}
	d := v - c
	if p.Change > 0 {
		limit := clipSpread * float64(p.Change)
		d = max(-limit, min(limit, d))
	}
	p.Usual[slot] = p.Scale.put(c + d/min(1+since, slotDays))
}

// change learns how far values lie from the usual day: a median, by small steps in its logarithm.
func (p *profile) change(slot int, v, share float64) {
	d := math.Abs(v - p.Scale.get(p.Usual[slot]))
	if d != d {
		return
	}
	switch c := float64(p.Change); {
	case c == 0:
		p.Change = float32(d)
	case d > c:
		p.Change = float32(c*math.Exp(.02*share) + 1e-9*d)
	default:
		p.Change = float32(c * math.Exp(-.02*share))
	}
}

// keep takes the mean of an hour that has ended.
func (p *profile) keep(at place, mean float64) {
	w := &p.Week[at.day][at.hour]
	copy(w[1:], w[:])
	w[0] = p.Scale.put(mean)
}

// hourly is what the hours of the last weeks say of one hour of the week; NaN while unknown.
type hourly struct {
	weeks float64 // median of the same hour of the last weeks
	kind  float64 // mean of the same hour on the days of its kind, working days or weekend, of the last seven
	days  float64 // median of the same hour of the last seven days
}

func (p *profile) hourly(at place, now int64) hourly {
	var b [days]float64
	n := 0
	for back := range weeks {
		n = appendKnown(&b, n, p.mean(at.day, at.hour, back, now))
	}
	h := hourly{weeks: median(b[:n])}
	n = 0
	sum, count := 0.0, 0
	for day := range days {
		v := p.mean(day, at.hour, 0, now)
		n = appendKnown(&b, n, v)
		if v == v && day/5 == at.day/5 {
			sum += v
			count++
		}
	}
	h.kind = sum / float64(count)
	h.days = median(b[:n])
	return h
}

// mean of an hour of the week so many weeks back, as it would be at the level of now.
func (p *profile) mean(day, hour, back int, now int64) float64 {
	v := p.Scale.get(p.Week[day][hour][back])
	if p.Moved != 0 {
		of := mod(int64(day-3), days)*hours + int64(hour)
		latest := now - 1 - mod(now-1-of, days*hours)
		if latest-int64(back)*days*hours < p.MovedHour {
			v += float64(p.Moved)
		}
	}
	return v
}

func appendKnown(b *[days]float64, n int, v float64) int {
	if v == v && n < len(b) {
		b[n] = v
		n++
	}
	return n
}

// median sorts its few values; NaN of none.
func median(b []float64) float64 {
	for i := 1; i < len(b); i++ {
		for j := i; j > 0 && b[j] < b[j-1]; j-- {
			b[j], b[j-1] = b[j-1], b[j]
		}
	}
	if len(b) == 0 {
		return math.NaN()
	}
	return (b[len(b)/2] + b[(len(b)-1)/2]) / 2
}

// spread is the usual distance from the usual day at an hour.
func (p *profile) spread(hour int) float64 {
	return .8*float64(p.Spread[hour]) + .2*float64(p.Errors)
}

// relative is the spread of an hour over that of all hours, drawn towards one.
func (p *profile) relative(hour int) float64 {
	sum := 0.0
	for _, s := range p.Spread {
		sum += float64(s)
	}
	if sum == 0 {
		return 1
	}
	return .7*float64(p.Spread[hour])*hours/sum + .3
}

// learnSpread takes the deviation from the usual day and the error a day ahead, and the seconds they stand for.
func (p *profile) learnSpread(hour int, deviation, err, seconds float64) {
	share := seconds / hourSeconds
	s := float64(p.Spread[hour])
	if s == 0 {
		s = math.Abs(deviation)
	}
	p.Spread[hour] = float32(s + share/spreadDays*(min(math.Abs(deviation), 10*s+float64(p.Errors))-s))
	if p.Errors == 0 {
		p.Errors = float32(math.Abs(err))
	}
	p.Errors += float32(seconds / daySeconds / 5 * (math.Abs(err) - float64(p.Errors)))
	p.Upper[hour] = p.quantile(p.Upper[hour], err, share)
	p.Lower[hour] = p.quantile(p.Lower[hour], -err, share)
}

// quantile moves the 95 % quantile of one side by stochastic approximation (Robbins and Monro 1951).
func (p *profile) quantile(q float32, err, share float64) float32 {
	v := float64(q)
	if v == 0 {
		return float32(max(0, err))
	}
	step := spreadFactor / spreadDays * share * max(v, .3*float64(p.Errors))
	if err > v {
		return float32(v + step*upperShare)
	}
	return float32(max(v/2, v-step*lowerShare))
}
