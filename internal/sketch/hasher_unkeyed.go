//go:build broken_unkeyed

package sketch

// identityKey ignores the key: a deliberately broken build that the forgery
// test must find.
func identityKey(_, _ uint64) (uint64, uint64) { return 0, 0 }
