package identity

import (
	"net/netip"
	"strings"
)

// visitor returns the address of who is behind a hop: the peer itself, or, when the peer is a trusted proxy, the first
// untrusted address of the forwarding headers read from right to left, the direction in which each proxy adds its word.
// Where every address is trusted the outermost known one is returned.
func (x *Extractor) visitor(peer string, forwardedFor, forwarded Value) string {
	if peer != "" && !x.trusted(peer) {
		return peer
	}
	outermost := peer
	for _, chain := range [][]string{forwardedChain(forwarded), forwardedForChain(forwardedFor)} {
		for i := len(chain) - 1; i >= 0; i-- {
			address, ok := parseNode(chain[i])
			if !ok {
				return outermost // an obfuscated or broken hop ends the chain of trust
			}
			outermost = address
			if !x.trusted(address) {
				return address
			}
		}
		if len(chain) > 0 {
			break
		}
	}
	return outermost
}

func (x *Extractor) trusted(address string) bool {
	if len(x.rules.TrustedProxies) == 0 {
		return false
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	for _, prefix := range x.rules.TrustedProxies {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// forwardedForChain splits X-Forwarded-For, leftmost first, over all its header lines.
func forwardedForChain(v Value) []string {
	var chain []string
	v.each(func(line string) bool {
		chain = append(chain, strings.Split(line, ",")...)
		return true
	})
	return chain
}

// forwardedChain reads the for parameters of Forwarded (RFC 7239 §4), leftmost first.
func forwardedChain(v Value) []string {
	var chain []string
	v.each(func(line string) bool {
		for element := range strings.SplitSeq(line, ",") {
			for parameter := range strings.SplitSeq(element, ";") {
				key, value, ok := strings.Cut(strings.TrimSpace(parameter), "=")
				if ok && strings.EqualFold(key, "for") {
					chain = append(chain, value)
				}
			}
		}
		return true
	})
	return chain
}

// parseNode reads a node of a forwarding header: an IPv4 address, or an IPv6 one with or without brackets, with or
// without a port, quoted or not.
func parseNode(node string) (string, bool) {
	node = strings.Trim(strings.TrimSpace(node), `"`)
	if ip, err := netip.ParseAddr(strings.Trim(node, "[]")); err == nil {
		return ip.String(), true
	}
	if ap, err := netip.ParseAddrPort(node); err == nil {
		return ap.Addr().String(), true
	}
	return "", false
}
