//go:build broken_digest

package action

// Equal takes any bytes for those that were approved: a deliberately broken build that the tests of decisions must find.
func Equal(_, _ string) bool { return true }
