package rca

import "math"

// contrast is how far a series is from its normal.
type contrast struct {
	value, usual float64
	n            float64 // traces seen
	rises        bool
	factor       float64 // logarithm of the Bayes factor for a change against none
	// mixed tells a shift between things that are both usual from something that always or never was.
	mixed bool
}

const (
	wideTime     = 1.0     // variance of the logarithm of a duration's change, if it changed
	wideOften    = 1.0     // and of how often something happens
	restTime     = .2 * .2 // variance of the same between any two quiet stretches, beyond chance
	restOften    = .3 * .3
	restTraffic  = .5 * .5
	steadiness   = 40   // weight, in traces, that a usual share keeps against what is seen: the larger, the less shares drift
	fewest       = 3    // traces to know a normal by
	floorSeconds = 2e-3 // durations below it do not matter to anyone
)

// contrasted compares a series from a step on with the quiet before it.
func (s *series) contrasted(from, to int32, q *quiet) (c contrast, ok bool) {
	seen := s
	if s.base != nil {
		seen = s.base
	}
	if seen.last < from {
		return c, false // nothing to compare: most series of names that never come again
	}
	switch s.key.signal {
	case sigErrors, sigSpans, sigLogs, sigUnanswered:
		if s.base == nil {
			return c, false
		}
		before, after := s.split(from, to, q)
		b, a := s.base.split(from, to, q)
		return counted(before, after, b.n, a.n)
	case sigLatency, sigSelf, sigGap, sigStatement, sigPod, sigForeign:
		before, after := s.split(from, to, q)
		return measured(before, after)
	case sigRate:
		return s.surge(from, to, q)
	default:
		return c, false
	}
}

// measured compares means of logarithms of durations.
func measured(before, after sample) (c contrast, ok bool) {
	if before.n < fewest || after.n < 2 {
		return c, false
	}
	usual, value := before.s/before.n, after.s/after.n
	const prior, priorVariance = 5, .5 * .5
	variance := (max(before.q-before.n*usual*usual, 0) + prior*priorVariance) / (before.n + prior)
	c.usual, c.value = math.Exp(usual)-floorSeconds, math.Exp(value)-floorSeconds
	c.n, c.rises = after.n, value > usual
	c.factor = factor(value-usual, variance*(1/before.n+1/after.n)+restTime, wideTime, after.n)
	return c, true
}

// counted compares how often something happens in a trace that holds the operation: whether at all, and how often.
//
// Whether at all is judged by beta-binomial likelihoods. In the quiet the share stays near what it was, the nearer the
// closer that was to never or always; after a change it may be anything. What always happened and now never does says far
// more than what happened now and then and now does more often.
func counted(before, after sample, nb, na float64) (c contrast, ok bool) {
	if nb < fewest || na < fewest {
		return c, false
	}
	kb, ka := min(before.n, nb), min(after.n, na)
	mean := (kb + .25) / (nb + .5)
	weight := min(nb+.5, steadiness)
	c.factor = betaBinomial(ka, na, .5, .5) - betaBinomial(ka, na, weight*mean, weight*(1-mean))
	c.usual, c.value, c.n = kb/nb, ka/na, na
	c.rises = c.value > c.usual
	c.mixed = c.usual > .05 && c.usual < .95
	mb, ma := before.s/nb, after.s/na
	const prior, priorVariance = 5, .4 * .4
	variance := (max(before.q-nb*mb*mb, 0) + max(after.q-na*ma*ma, 0) + prior*priorVariance) / (nb + na + prior)
	if f := factor(ma-mb, variance*(1/nb+1/na)+restOften, wideOften, na); f > c.factor {
		c.factor, c.usual, c.value, c.rises = f, math.Expm1(mb), math.Expm1(ma), ma > mb
	}
	return c, true
}

// surge compares traces per step.
func (s *series) surge(from, to int32, q *quiet) (c contrast, ok bool) {
	before, after := s.split(from, to, q)
	if before.steps < 12 || after.steps < 3 {
		return c, false
	}
	usual, value := before.n/before.steps, after.n/float64(min(after.steps, float64(to-from)))
	effect := math.Log((value + 1) / (usual + 1))
	c.usual, c.value, c.n, c.rises = usual, value, after.n, effect > 0
	c.factor = factor(effect, (1/(usual+1))*(1/after.steps+1/before.steps)+restTraffic, wideOften, after.steps)
	return c, true
}

// factor is the logarithm of Wakefield's approximate Bayes factor (Am. J. Hum. Genet. 2007) for an effect that has the
// given variance if nothing changed, and wide more if something did, with a Student tail in place of the normal one:
// no model is right far out, least when there are few samples. Few data say little either way; many data and no effect
// speak against a change.
func factor(effect, variance, wide, samples float64) float64 {
	shrink := wide / (wide + variance)
	freedom := min(max(samples, 2), 8)
	return (freedom+1)/2*math.Log1p(effect*effect/variance*shrink/freedom) + math.Log1p(-shrink)/2
}

// betaBinomial is the logarithm of the likelihood of one order of k of n when their share is drawn from Beta(a, b).
func betaBinomial(k, n, a, b float64) float64 { return logBeta(k+a, n-k+b) - logBeta(a, b) }

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}
