package seasonal

import "math"

// features is how far each of the six sources of a forecast is from the profile of the day: yesterday, the weeks, the
// kind of day and the last days at that hour; then the latest deviation as it is, and that of the last hour in units of
// what is usual at its time of day.
type features [6]float64

const (
	fromYesterday = iota
	fromWeeks
	fromKind
	fromDays
	fromLatest
	fromLastHour
	pairs = len(features{}) * (len(features{}) + 1) / 2
)

const (
	regressionMemory = 7 * daySeconds
	stubbornness     = 50 // points that the prior counts for at leads from an hour, fewer at shorter ones
	leastResidual    = .2 // of the usual error, below which a residual weighs no more
)

// regression learns the weights of the features for one lead by ridge regression towards a prior, with each point
// weighted by the inverse of its residual, so that it estimates the conditional median rather than the mean
// (iteratively reweighted least squares, Schlossmacher 1973), and forgetting with a time constant of a week.
type regression struct {
	XX      [pairs]float32           // lower triangle of X'WX
	XY      [len(features{})]float32 // X'Wy
	Weight  float32
	Now     [len(features{})]float32 // the weights in use
	Earlier [len(features{})]float32 // those in use before: errors are measured with what was known a lead ago
	Solved  uint32                   // minutes since the epoch
}

// predict is the weighted sum of the features, kept between the least and the greatest of what it is made of: weights
// learnt from one change of level must not carry a forecast beyond everything that has been seen.
func predict(w *[len(features{})]float32, x *features) float64 {
	sum, low, high := 0.0, 0.0, 0.0
	for i, v := range x[:fromLatest] {
		sum += float64(w[i]) * v
		low, high = min(low, v), max(high, v)
	}
	sum = max(low, min(high, sum))
	off := float64(w[fromLatest])*x[fromLatest] + float64(w[fromLastHour])*x[fromLastHour]
	limit := max(math.Abs(x[fromLatest]), math.Abs(x[fromLastHour]))
	return sum + max(-limit, min(limit, off))
}

// learn takes a target y (less the profile), its residual, the usual size of residuals and the seconds it stands for.
func (r *regression) learn(x *features, y, residual, usual, seconds, fade float64) {
	if usual <= 0 {
		return
	}
	w := seconds / slotSeconds
	r.Weight = float32(float64(r.Weight)*fade + w)
	w /= usual * max(math.Abs(residual), leastResidual*usual)
	k := 0
	for i := range x {
		for j := 0; j <= i; j++ {
			r.XX[k] = float32(float64(r.XX[k])*fade + w*x[i]*x[j])
			k++
		}
		r.XY[i] = float32(float64(r.XY[i])*fade + w*x[i]*y)
	}
}

// solve finds the weights anew: (X'WX + kD) b = X'Wy + kDp with the prior p, D the mean squares of the features and k
// the number of points the prior counts for.
func (r *regression) solve(prior *[len(features{})]float32, lead int64) {
	r.Earlier = r.Now
	if r.Weight < float32(2*slotsOfHour) {
		return
	}
	k := stubbornness * min(1, float64(lead)/hourSeconds) / float64(r.Weight)
	const n = len(features{})
	var m [n][n]float64
	var b [n]float64
	at := 0
	for i := range n {
		for j := 0; j <= i; j++ {
			m[i][j] = float64(r.XX[at])
			at++
		}
		ridge := k*m[i][i] + 1e-9
		m[i][i] += ridge
		b[i] = float64(r.XY[i]) + ridge*float64(prior[i])
	}
	if !cholesky(&m, &b) {
		return
	}
	for _, v := range b {
		if math.Abs(v) > 4 || v != v { // no source of a forecast deserves that: the features are all but collinear
			return
		}
	}
	for i, v := range b {
		r.Now[i] = float32(v)
	}
}

// cholesky solves m b = b in place for a positive definite m of which the lower triangle is given.
func cholesky(m *[len(features{})][len(features{})]float64, b *[len(features{})]float64) bool {
	for i := range b {
		for j := 0; j <= i; j++ {
			sum := m[i][j]
			for k := range j {
				sum -= m[i][k] * m[j][k]
			}
			if i > j {
				m[i][j] = sum / m[j][j]
				continue
			}
			if !(sum > 0) {
				return false
			}
			m[i][i] = math.Sqrt(sum)
		}
		for k := range i {
			b[i] -= m[i][k] * b[k]
		}
		b[i] /= m[i][i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		for k := i + 1; k < len(b); k++ {
			b[i] -= m[k][i] * b[k]
		}
		b[i] /= m[i][i]
	}
	return true
}
