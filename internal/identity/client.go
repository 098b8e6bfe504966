package identity

import (
	"iter"
	"net/netip"
	"strings"
)

// visitor returns the address of who is behind a hop: the peer itself, or, when the peer is a trusted proxy or unknown,
// the first untrusted address of the forwarding headers read from right to left, the direction in which each proxy adds
// its word. Where every address is trusted the outermost known one is returned.
func (x *Extractor) visitor(peer string, forwardedFor, forwarded Value) string {
	if peer != "" && len(x.rules.TrustedProxies) == 0 && peer[0] != '[' && strings.IndexByte(peer, ':') < 0 {
		return peer // nothing would be made of it
	}
	ip, ok := parseNode(peer)
	if ok && (peer[0] == '[' || ip.Is4() && strings.IndexByte(peer, ':') >= 0) {
		peer = ip.String() // without its port, and IPv4 as such where the socket was of IPv6
	}
	if peer != "" && (!ok || !x.trusted(ip)) {
		return peer
	}
	// Nearly every proxy writes X-Forwarded-For; many hand on a Forwarded that the visitor made up.
	switch {
	case !forwardedFor.empty():
		return x.behind(peer, forwardedFor, forwardedForNode)
	case !forwarded.empty():
		return x.behind(peer, forwarded, forwardedNode)
	}
	return peer
}

// behind follows the chain of proxies that a forwarding header tells of, from a trusted peer outwards.
func (x *Extractor) behind(peer string, header Value, node func(element string) string) string {
	outermost := peer
	for element := range header.backwards(x.rules.MaxCookieBytes) {
		ip, ok := parseNode(node(element))
		if !ok {
			return outermost // an obfuscated or broken hop ends the chain of trust
		}
		outermost = ip.String()
		if !x.trusted(ip) {
			return outermost
		}
	}
	return outermost
}

func (x *Extractor) trusted(ip netip.Addr) bool {
	for _, prefix := range x.rules.TrustedProxies {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// backwards yields the elements of a comma separated header over all its lines, last first, reading no more of a line
// than its last limit bytes.
func (v Value) backwards(limit int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := len(v.Many) - 1; i >= 0; i-- {
			if !elements(v.Many[i], limit, yield) {
				return
			}
		}
		elements(v.One, limit, yield)
	}
}

func elements(line string, limit int, yield func(string) bool) bool {
	if tooLong(line, limit) {
		_, line, _ = strings.Cut(line[len(line)-limit:], ",") // the first element may be cut
	}
	for line != "" {
		var element string
		if element, line = nearest(line); element != "" && !yield(element) {
			return false
		}
	}
	return true
}

// forwardedForNode is an element of X-Forwarded-For: the node itself.
func forwardedForNode(element string) string { return element }

// forwardedNode reads the for parameter of an element of Forwarded (RFC 7239 §4), empty if the proxy kept it to itself.
func forwardedNode(element string) string {
	for parameter := range strings.SplitSeq(element, ";") {
		key, value, ok := strings.Cut(strings.TrimSpace(parameter), "=")
		if ok && strings.EqualFold(key, "for") {
			return value
		}
	}
	return ""
}

// parseNode reads a node of a forwarding header: an IPv4 address, or an IPv6 one with or without brackets, with or
// without a port, quoted or not.
func parseNode(node string) (netip.Addr, bool) {
	node = strings.Trim(strings.TrimSpace(node), `"`)
	if bracketed, ok := strings.CutPrefix(node, "["); ok {
		node, _, _ = strings.Cut(bracketed, "]")
	} else if colon := strings.IndexByte(node, ':'); colon >= 0 && colon == strings.LastIndexByte(node, ':') {
		node = node[:colon]
	}
	if node == "" {
		return netip.Addr{}, false // spares the common case the error
	}
	ip, err := netip.ParseAddr(node)
	return ip.Unmap().WithZone(""), err == nil
}
