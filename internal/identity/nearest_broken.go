//go:build broken_forwarded

package identity

import "strings"

// nearest reads from the left, where visitors write what they like: a deliberately broken build that
// TestExtractClient_TrustedProxies must find.
func nearest(line string) (element, rest string) {
	element, rest, _ = strings.Cut(line, ",")
	return strings.TrimSpace(element), rest
}
