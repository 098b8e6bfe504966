//go:build broken_bound

package slru

// fits lets tables grow with every name that somebody makes up: a deliberately broken build that the tests of the bound
// must find.
func fits(int, int) bool { return true }
