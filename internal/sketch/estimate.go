package sketch

import "math"

// Count is a number of distinct identities. Exact counts carry no error at all;
// the others are estimates.
type Count struct {
	Value float64
	Exact bool
	// StdErr is one standard error of the value, in identities; 0 when exact.
	StdErr float64
}

// Relative standard errors for 2^p registers, times 2^(p/2): of the estimate from
// all cells (Lang 2017, table of MLE for FM85), and from the highest rank of each
// register (Flajolet et al. 2007).
const (
	cellError     = 0.693
	registerError = 1.039
)

func estimated(value, errorFactor float64, p uint8) Count {
	return Count{Value: value, StdErr: value * errorFactor / math.Sqrt(math.Ldexp(1, int(p)))}
}

// histRanks is how many ranks are counted. A cell of the first rank left out is
// hit once in 2^(p+33) identities, so that nothing is lost.
const histRanks = 32

// cellEstimate is the maximum-likelihood count for occupied cells: filled[r] of
// the 2^p cells of rank r were hit. With x_r = n / 2^(p+r+1) a cell of rank r is
// empty with probability exp(-x_r), and the likelihood equation is
//
//	sum over r of filled[r] * 2^-r / (1 - exp(-x_r)) = 2^(p+1)
//
// (Lang 2017, Ertl 2017). It is solved for y = x_0 by Newton's method; since
// x_(r-1) = 2 x_r, one exponential serves all ranks: 1-exp(-2x) = h(2-h).
func cellEstimate(filled *[histRanks]uint32, p uint8) float64 {
	top := -1
	for r, c := range filled {
		if c > 0 {
			top = r
		}
	}
	if top < 0 {
		return 0
	}
	target := math.Ldexp(1, int(p)+1)
	y := firstGuess(filled, p)
	for range 30 {
		weight := math.Ldexp(1, -top)
		h := -math.Expm1(-y * weight)
		var sum, slope float64
		for r := top; r >= 0; r-- {
			if c := filled[r]; c > 0 {
				t := float64(c) * weight / h
				sum += t
				slope += t * weight * (1 - h) / h
			}
			h *= 2 - h
			weight *= 2
		}
		if slope == 0 { // every counted cell of every rank is filled
			break
		}
		step := (sum - target) / slope
		next := y + step
		if next <= 0 { // only from a guess far right of the root
			next = y / 2
		}
		done := math.Abs(next-y) <= 1e-7*next
		y = next
		if done {
			break
		}
	}
	return y * target
}

// firstGuess inverts the one rank that says most: the one nearest to half full.
func firstGuess(filled *[histRanks]uint32, p uint8) float64 {
	m := math.Ldexp(1, int(p))
	best, distance := 0, math.Inf(1)
	for r, c := range filled {
		if d := math.Abs(float64(c)/m - 0.6); c > 0 && d < distance {
			best, distance = r, d
		}
	}
	share := min(float64(filled[best])/m, 1-0.5/m)
	return -math.Log1p(-share) * math.Ldexp(1, best)
}

// registerEstimate is the improved raw estimator of Ertl 2017 (arXiv 1702.01284,
// algorithm 6) over HyperLogLog registers: unbiased over the whole range without
// tables of corrections.
func registerEstimate(regs []uint8) float64 {
	// Four histograms keep equal neighbours from waiting on each other.
	var hist [4][256]uint32
	for i := 0; i+4 <= len(regs); i += 4 {
		hist[0][regs[i]]++
		hist[1][regs[i+1]]++
		hist[2][regs[i+2]]++
		hist[3][regs[i+3]]++
	}
	count := func(v int) float64 {
		return float64(hist[0][v] + hist[1][v] + hist[2][v] + hist[3][v])
	}
	m := float64(len(regs))
	q := 64 - int(math.Log2(m))
	z := m * tau(1-count(q+1)/m)
	for k := q; k >= 1; k-- {
		z = 0.5 * (z + count(k))
	}
	z += m * sigma(count(0)/m)
	return m * m / (2 * math.Ln2 * z)
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		before := z
		z += x * y
		y += y
		if z == before {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		before := z
		y *= 0.5
		z -= (1 - x) * (1 - x) * y
		if z == before {
			return z / 3
		}
	}
}
