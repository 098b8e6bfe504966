//go:build broken_storage

package resilience

// Sessions and held spans live in memory alone: the kills must be seen to lose them.
func init() { brokenOverlays = []string{"processors::session_correlation::storage:"} }
