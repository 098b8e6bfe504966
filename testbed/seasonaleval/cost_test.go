package seasonaleval

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

// What a point costs: the model, and an isolation forest of the size and working that contrib's isolationforestprocessor
// documents. Its module cannot be obtained at the pinned release, so its design is measured, not its code.

var begin = eventtime.Of(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))

// value is a day's wave with noise, minute by minute.
func value(r *rand.Rand, minute int) float64 {
	return 100 + 50*math.Sin(2*math.Pi*float64(minute)/1440) + r.NormFloat64()
}

func BenchmarkPoint_Seasonal(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	series := seasonal.New(seasonal.NewOptions())
	const learnt = 15 * 1440
	for minute := range learnt {
		series.Observe(begin.Add(time.Duration(minute)*time.Minute), value(r, minute))
	}
	minute := learnt
	b.ReportAllocs()
	for b.Loop() {
		series.Observe(begin.Add(time.Duration(minute)*time.Minute), value(r, minute))
		minute++
	}
}

func BenchmarkPoint_IsolationForest(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	f := forest{rand: r}
	for minute := range forestWindow {
		f.observe(value(r, minute))
	}
	minute := forestWindow
	b.ReportAllocs()
	for b.Loop() {
		f.observe(value(r, minute))
		minute++
	}
}

// The documented defaults.
const (
	forestTrees   = 100
	forestSample  = 256
	forestDepth   = 8    // log2 of the sample
	forestWindow  = 1000 // values and scores kept
	forestRetrain = 5    // points of a minute each
)

// forest is an isolation forest over the latest values (Liu, Ting and Zhou 2008); a point is an anomaly if its score is
// above the ninetieth percentile of the latest scores, which are sorted for every point.
type forest struct {
	rand   *rand.Rand
	values []float64
	scores []float64
	sorted []float64
	trees  []*node
	seen   int
	flags  int
}

type node struct {
	split       float64
	left, right *node
	size        int
}

func (f *forest) observe(v float64) {
	f.values = keep(f.values, v)
	if f.seen%forestRetrain == 0 {
		f.train()
	}
	f.seen++
	var path float64
	for _, tree := range f.trees {
		path += tree.path(v)
	}
	score := math.Exp2(-path / float64(len(f.trees)) / averagePath(forestSample))
	f.scores = keep(f.scores, score)
	f.sorted = append(f.sorted[:0], f.scores...)
	slices.Sort(f.sorted)
	if score > f.sorted[len(f.sorted)*9/10] {
		f.flags++
	}
}

func keep(window []float64, v float64) []float64 {
	if len(window) == forestWindow {
		copy(window, window[1:])
		window = window[:forestWindow-1]
	}
	return append(window, v)
}

func (f *forest) train() {
	f.trees = f.trees[:0]
	sample := make([]float64, forestSample)
	for range forestTrees {
		for i := range sample {
			sample[i] = f.values[f.rand.IntN(len(f.values))]
		}
		f.trees = append(f.trees, f.grow(sample, 0))
	}
}

func (f *forest) grow(sample []float64, depth int) *node {
	if len(sample) <= 1 || depth == forestDepth {
		return &node{size: len(sample)}
	}
	low, high := slices.Min(sample), slices.Max(sample)
	split := low + f.rand.Float64()*(high-low)
	middle := 0
	for i, v := range sample {
		if v < split {
			sample[i], sample[middle] = sample[middle], v
			middle++
		}
	}
	return &node{split: split, size: len(sample), left: f.grow(sample[:middle], depth+1), right: f.grow(sample[middle:], depth+1)}
}

func (n *node) path(v float64) (length float64) {
	for n.left != nil {
		length++
		if v < n.split {
			n = n.left
		} else {
			n = n.right
		}
	}
	return length + averagePath(n.size)
}

// averagePath is that of an unsuccessful search in a binary tree of n values.
func averagePath(n int) float64 {
	if n <= 1 {
		return 0
	}
	const euler = 0.5772156649
	return 2*(math.Log(float64(n-1))+euler) - 2*float64(n-1)/float64(n)
}
