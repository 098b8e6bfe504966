//go:build !broken_unkeyed

package sketch

// identityKey returns the key identities are hashed with.
func identityKey(k0, k1 uint64) (uint64, uint64) { return k0, k1 }
