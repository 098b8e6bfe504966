//go:build broken_seed

package simulate

import "math/rand/v2"

// stream forgets the seed: a deliberately broken build that the tests of determinism must find.
func stream(_, n uint64) *rand.Rand { return rand.New(rand.NewPCG(rand.Uint64(), n)) }
