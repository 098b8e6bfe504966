// Package distribution takes the increase of histograms between two points, adds such increases up, and reads quantiles.
//
// Explicit histograms have fixed bounds. Exponential ones have buckets (base^i, base^(i+1)] with base = 2^(2^-scale); two of
// different scale meet at the coarser one, where neighbouring buckets merge exactly. No histogram here has more than
// [MaxBuckets] buckets a side, however many are offered.
package distribution

// MaxBuckets is the most buckets of an explicit histogram, and of each side of an exponential one.
const MaxBuckets = 160
