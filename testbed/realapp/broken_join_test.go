//go:build broken_join

package realapp

// Nothing joins: every check of what session_correlation should have done must turn red.
func init() {
	played = chain{
		configs: []string{"raw.yaml", "bypassed.yaml"},
		settled: func(string) bool { return true },
	}
}
