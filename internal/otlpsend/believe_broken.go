//go:build broken_refusal

package otlpsend

// believe takes a partial success for a whole one: a deliberately broken build that the tests of the tally must find.
func believe(int64) int64 { return 0 }
