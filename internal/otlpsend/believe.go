//go:build !broken_refusal

package otlpsend

// believe takes the server's word for how many items of an accepted request it rejected.
func believe(rejected int64) int64 { return rejected }
