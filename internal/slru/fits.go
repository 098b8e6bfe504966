//go:build !broken_bound

package slru

// fits reports whether a table of at most so many entries has room for what it holds.
func fits(entries, size int) bool { return entries <= size }
