//go:build broken_limit

package identity

// tooLong lets a visitor make identities as long as they like: a deliberately broken build that the tests of hostile input
// must find.
func tooLong(string, int) bool { return false }
