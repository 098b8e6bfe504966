//go:build !broken_seed

package simulate

import "math/rand/v2"

// stream returns the n-th independent source of randomness of a seed. Every visitor has one, so that planting or dropping a
// scenario does not change what unconcerned visitors do.
func stream(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }
