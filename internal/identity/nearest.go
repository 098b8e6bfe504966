//go:build !broken_forwarded

package identity

import "strings"

// nearest cuts off a forwarding header what the nearest proxy added to it: the last element.
func nearest(line string) (element, rest string) {
	comma := strings.LastIndexByte(line, ',')
	return strings.TrimSpace(line[comma+1:]), line[:max(comma, 0)]
}
