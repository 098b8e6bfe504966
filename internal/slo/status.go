package slo

import (
	"math"
	"slices"
	"time"
)

// Counts are what happened in a window.
type Counts struct {
	Good, Total float64
}

// Ratio is the share that failed; NaN where nothing happened.
func (c Counts) Ratio() float64 {
	if c.Total <= 0 {
		return math.NaN()
	}
	return min(max(0, 1-c.Good/c.Total), 1)
}

// Severity says what a burning budget asks for.
type Severity string

// The severities.
const (
	Fine   Severity = ""
	Ticket Severity = "ticket" // look today
	Page   Severity = "page"   // look now
)

// Pair is two windows that must both burn too fast: the long one so that it matters, the short one so that it still goes on.
type Pair struct {
	Long, Short time.Duration
	// Budget is the share of the whole budget that burns within Long at Factor.
	Budget   float64
	Severity Severity
}

// Pairs are those of the multiwindow, multi-burn-rate alerts of the Site Reliability Workbook, chapter 5.
func Pairs() []Pair {
	return []Pair{
		{time.Hour, 5 * time.Minute, 0.02, Page},
		{6 * time.Hour, 30 * time.Minute, 0.05, Page},
		{24 * time.Hour, 2 * time.Hour, 0.10, Ticket},
		{72 * time.Hour, 6 * time.Hour, 0.10, Ticket},
	}
}

// Factor is the burn rate from which on a pair counts in a window: 14.4 for an hour of 30 days.
func (p Pair) Factor(window time.Duration) float64 {
	return p.Budget * float64(window) / float64(p.Long)
}

// Spans are all windows that Judge wants counts of besides the objective's own, the shortest first. Those as long as the
// objective's own are left out.
func Spans(window time.Duration) []time.Duration {
	var out []time.Duration
	for _, p := range Pairs() {
		if p.Long < window {
			out = append(out, p.Short, p.Long)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Burn is how fast the budget burns over one window: 1 uses it up exactly at the end of the objective's window.
type Burn struct {
	Span time.Duration
	Rate float64 // NaN where nothing happened
}

// Status is how an objective stands.
type Status struct {
	// Reached is the share of good events in the window so far; NaN where nothing happened.
	Reached float64
	// Left is what is left of the error budget, from 1 down; negative where it is overdrawn.
	Left float64
	// Burns are by Spans.
	Burns    []Burn
	Severity Severity
	// Because is the pair that made the severity; zero where there is none.
	Because Pair
	// Exhausted is how long the budget lasts at the rate of the last hour; zero where it does not end within the window, or
	// has ended.
	Exhausted time.Duration
}

// Judge says how an objective stands. whole are the counts of its window so far, elapsed how much of that has passed, and
// by gives those of the Spans that are known.
func (o *Objective) Judge(whole Counts, elapsed time.Duration, by map[time.Duration]Counts) Status {
	budget := 1 - o.Target
	out := Status{Reached: 1 - whole.Ratio()}
	// The budget is that of the whole window: early in a calendar month a bad hour does not use up what the rest will bring.
	share := 1.0
	if !o.Window.Rolling() && o.Window.Length > 0 {
		share = min(1, float64(elapsed)/float64(o.Window.Length))
	}
	if out.Left = 1; whole.Total > 0 {
		out.Left = 1 - whole.Ratio()*share/budget
	}
	rates := map[time.Duration]float64{}
	for _, span := range Spans(o.Window.Length) {
		rate := math.NaN()
		if c, ok := by[span]; ok {
			rate = c.Ratio() / budget
		}
		rates[span] = rate
		out.Burns = append(out.Burns, Burn{Span: span, Rate: rate})
	}
	for _, p := range Pairs() {
		if factor := p.Factor(o.Window.Length); p.Long < o.Window.Length && rates[p.Long] > factor && rates[p.Short] > factor {
			out.Severity, out.Because = p.Severity, p
			break
		}
	}
	if rate := rates[time.Hour]; rate > 0 && out.Left > 0 {
		if last := time.Duration(min(out.Left/rate, 1) * float64(o.Window.Length)); last < o.Window.Length {
			out.Exhausted = last
		}
	}
	return out
}
