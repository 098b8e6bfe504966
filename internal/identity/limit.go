//go:build !broken_limit

package identity

// tooLong reports whether text is longer than a limit in bytes; zero is no limit.
func tooLong(text string, limit int) bool { return limit > 0 && len(text) > limit }
