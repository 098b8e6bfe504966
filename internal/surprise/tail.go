package surprise

import "math"

const (
	bins        = 96
	perOctave   = 6
	unitBin     = 36   // the bin that begins at 1
	tailShare   = .02  // the share of the largest deviations that make the tail
	decayEvery  = 1000 // points between two steps of forgetting
	decayBy     = .99  // what is left of the past after one: half of it after some 69,000 points
	priorSize   = 5.   // exceedances that the prior of the tail index is worth
	smooth      = .5   // half a point is added to every count, so that what never happened is not impossible
	priorIndex  = 5.   // tail index assumed before any exceedance is seen
	clusterGap  = 8    // exceedances at most this many points apart are one
	clusterMost = 60   // exceedances after which a cluster is no incident any more
	minHistory  = 40   // deviations seen before one is judged
	beginAfter  = 256  // deviations until which the begin of the tail is looked up at every point
	thinning    = 16   // and after which at every so many
	logPerBin   = math.Ln2 / perOctave
)

// tail is the distribution of the size of one kind of deviation in the past of a series: a histogram with bins of equal
// width in the logarithm, from 2^-6 to 2^10 times the usual deviation, that slowly forgets.
//
// Beyond the largest two per cent, u, it is continued by a Pareto tail, so that deviations beyond the record stay ordered:
//
//	P(Z >= z) = P(Z >= u) (z/u)^-a,   1/a = mean of ln(z/u) over the exceedances
//
// (Hill, A simple general approach to inference about the tail of a distribution, 1975), the mean taken with a prior.
type tail struct {
	Bin   [bins]float32
	Total float32
	// Seen counts deviations without forgetting.
	Seen uint32
	// Begin is where the tail begins.
	Begin float32
	// Peak is the largest of the present cluster of exceedances, zero when there is none, and Since the number of points
	// since its last.
	Peak          float32
	Since, Length uint16
}

func position(z float64) float64 {
	if !(z >= 1e-6) {
		return 0
	}
	return min(max(math.Log2(z)*perOctave+unitBin, 0), bins-.001)
}

// surprise is -ln P(Z >= z) by what was added before, in nats; zero while too little was.
func (t *tail) surprise(z float64) float64 {
	if t.Seen < minHistory {
		return 0
	}
	at, u := position(z), int(position(float64(t.Begin)))
	if at < float64(u+1) {
		k := int(at)
		var above float64
		for _, n := range t.Bin[k:] {
			above += float64(n)
		}
		above -= float64(t.Bin[k]) * (at - float64(k))
		return -math.Log((max(above, 0) + smooth) / (float64(t.Total) + 1))
	}
	var above, excess float64
	for i, n := range t.Bin[u+1:] {
		above += float64(n)
		excess += float64(n) * (float64(i) + .5)
	}
	mean := (excess*logPerBin + priorSize/priorIndex) / (above + priorSize)
	over := max(math.Log2(z)*perOctave+unitBin-float64(u+1), 0) * logPerBin
	return over/mean - math.Log((above+smooth)/(float64(t.Total)+1))
}

// add learns a deviation. With cluster set, exceedances that follow each other closely count as one point, by their
// largest, as the theory of extremes wants it (Leadbetter 1983): an incident of an hour is one rare thing, not sixty.
// What goes on for longer than that is not an incident any more and counts in full.
func (t *tail) add(z float64, cluster bool) {
	if t.Seen < math.MaxUint32 {
		t.Seen++
	}
	if t.Seen <= beginAfter || t.Seen%thinning == 0 {
		t.Begin = float32(t.quantile(1 - tailShare))
	}
	if t.Since < math.MaxUint16 {
		t.Since++
	}
	if !cluster || float32(z) <= t.Begin || t.Seen <= minHistory || t.first(z) {
		t.put(z, 1)
	}
	if t.Seen%decayEvery == 0 {
		for i := range t.Bin {
			t.Bin[i] *= decayBy
		}
		t.Total *= decayBy
	}
}

// first takes an exceedance and says whether it is to be counted.
func (t *tail) first(z float64) bool {
	if t.Since > clusterGap {
		t.Peak, t.Length = 0, 0
	}
	t.Since = 0
	if t.Length < math.MaxUint16 {
		t.Length++
	}
	if t.Length > clusterMost {
		return true
	}
	if float32(z) <= t.Peak {
		return false
	}
	if t.Peak > 0 {
		t.put(float64(t.Peak), -1)
	}
	t.Peak = float32(z)
	return true
}

func (t *tail) put(z float64, weight float32) {
	b := &t.Bin[int(position(z))]
	weight = max(weight, -*b)
	*b += weight
	t.Total += weight
}

// quantile is the deviation below which the share q of the past lies.
func (t *tail) quantile(q float64) float64 {
	need := (1 - q) * float64(t.Total)
	var above float64
	for i := bins - 1; i >= 0; i-- {
		n := float64(t.Bin[i])
		if n > 0 && above+n >= need {
			return math.Exp2((float64(i+1) - (need-above)/n - unitBin) / perOctave)
		}
		above += n
	}
	return 0
}
