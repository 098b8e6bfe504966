package identity

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestExtractClient_TrustedProxies(t *testing.T) {
	t.Parallel()
	x := newExtractor(t, allPresets(Rules{TrustedProxies: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"),
	}}))
	const proxy = "10.20.0.5"
	for name, tc := range map[string]struct {
		item item
		want string
	}{
		"peer":                        {item{"client.address": "192.0.2.1"}, "192.0.2.1"},
		"peer_by_older_name":          {item{"http.client_ip": "192.0.2.1"}, "192.0.2.1"},
		"peer_by_network_name":        {item{"net.sock.peer.addr": "192.0.2.1", "network.peer.address": "10.0.0.1"}, "192.0.2.1"},
		"peer_with_port":              {item{"client.address": "192.0.2.1:4711"}, "192.0.2.1"},
		"peer_ipv6":                   {item{"client.address": "2001:db8::1"}, "2001:db8::1"},
		"peer_ipv6_with_port":         {item{"client.address": "[2001:db8::1]:4711"}, "2001:db8::1"},
		"peer_mapped":                 {item{"client.address": "::ffff:192.0.2.1"}, "192.0.2.1"},
		"peer_is_a_name":              {item{"client.address": "host.example"}, "host.example"},
		"peer_untrusted_header_lies":  {item{"client.address": "192.0.2.1", keyForwardedFor: "198.51.100.1"}, "192.0.2.1"},
		"no_peer_no_header":           {item{}, ""},
		"no_peer":                     {item{keyForwardedFor: "192.0.2.1, 10.0.0.1"}, "192.0.2.1"},
		"proxy_without_headers":       {item{"client.address": proxy}, proxy},
		"one_proxy":                   {item{"client.address": proxy, keyForwardedFor: "192.0.2.1"}, "192.0.2.1"},
		"mapped_proxy_with_port":      {item{"client.address": "[::ffff:10.20.0.5]:80", keyForwardedFor: "192.0.2.1"}, "192.0.2.1"},
		"two_proxies":                 {item{"client.address": proxy, keyForwardedFor: "192.0.2.1, 10.0.0.9"}, "192.0.2.1"},
		"spoofed_left_part":           {item{"client.address": proxy, keyForwardedFor: "203.0.113.9, 192.0.2.1, 10.0.0.9"}, "192.0.2.1"},
		"spoofed_proxy_on_the_left":   {item{"client.address": proxy, keyForwardedFor: "203.0.113.9, 10.0.0.3, 192.0.2.1"}, "192.0.2.1"},
		"all_trusted":                 {item{"client.address": proxy, keyForwardedFor: "10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
		"several_header_lines":        {item{"client.address": proxy, keyForwardedFor: []string{"203.0.113.9", "192.0.2.1, 10.0.0.9"}}, "192.0.2.1"},
		"header_with_port":            {item{"client.address": proxy, keyForwardedFor: "192.0.2.1:80"}, "192.0.2.1"},
		"header_ipv6":                 {item{"client.address": "2001:db8:1::5", keyForwardedFor: "2001:db8:2::1, 2001:db8:1::7"}, "2001:db8:2::1"},
		"header_ipv6_bare_brackets":   {item{"client.address": proxy, keyForwardedFor: "[2001:db8:2::1]"}, "2001:db8:2::1"},
		"header_ipv6_port":            {item{"client.address": proxy, keyForwardedFor: "[2001:db8:2::1]:443"}, "2001:db8:2::1"},
		"header_ipv6_zone":            {item{"client.address": proxy, keyForwardedFor: "fe80::1%eth0"}, "fe80::1"},
		"header_unknown":              {item{"client.address": proxy, keyForwardedFor: "192.0.2.1, unknown"}, proxy},
		"header_garbage":              {item{"client.address": proxy, keyForwardedFor: "192.0.2.1, <script>, 10.0.0.9"}, "10.0.0.9"},
		"header_blank_elements":       {item{"client.address": proxy, keyForwardedFor: "192.0.2.1, ,"}, "192.0.2.1"},
		"header_only_commas":          {item{"client.address": proxy, keyForwardedFor: " , ,"}, proxy},
		"forwarded":                   {item{"client.address": proxy, keyForwarded: "for=192.0.2.1;proto=https;by=10.0.0.1"}, "192.0.2.1"},
		"forwarded_case":              {item{"client.address": proxy, keyForwarded: "proto=http; For=192.0.2.1"}, "192.0.2.1"},
		"forwarded_quoted_ipv6_port":  {item{"client.address": proxy, keyForwarded: `for="[2001:db8:2::1]:4711"`}, "2001:db8:2::1"},
		"forwarded_obfuscated_port":   {item{"client.address": proxy, keyForwarded: `for="[2001:db8:2::1]:_port"`}, "2001:db8:2::1"},
		"forwarded_chain":             {item{"client.address": proxy, keyForwarded: []string{"for=203.0.113.9", `for=192.0.2.1, for="10.0.0.9:80"`}}, "192.0.2.1"},
		"forwarded_obfuscated":        {item{"client.address": proxy, keyForwarded: "for=203.0.113.9, for=_hidden"}, proxy},
		"forwarded_unknown":           {item{"client.address": proxy, keyForwarded: "for=203.0.113.9, for=unknown, for=10.0.0.9"}, "10.0.0.9"},
		"forwarded_hop_tells_nothing": {item{"client.address": proxy, keyForwarded: "for=203.0.113.9, proto=https"}, proxy},
		"one_proxy_older_spelling":    {item{"client.address": proxy, "http.request.header.x_forwarded_for": []string{"203.0.113.9, 192.0.2.1, 10.0.0.9"}}, "192.0.2.1"},
		"forwarded_made_up":           {item{"client.address": proxy, keyForwarded: "for=203.0.113.9", keyForwardedFor: "192.0.2.1"}, "192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, extract(x, tc.item.fields(x), true).Client)
			assert.Empty(t, extract(x, tc.item.fields(x), false).Client, "only a server knows the visitor's address")
		})
	}
}

func TestExtractClient_NoTrustedProxies_BelievesOnlyThePeer(t *testing.T) {
	t.Parallel()
	x := newExtractor(t, allPresets(Rules{}))
	it := item{"client.address": "10.0.0.1", keyForwardedFor: "192.0.2.1", keyForwarded: "for=192.0.2.2"}
	assert.Equal(t, "10.0.0.1", extract(x, it.fields(x), true).Client)
}

func TestExtractClient_HugeHeader_ReadsItsEnd(t *testing.T) {
	t.Parallel()
	x := newExtractor(t, allPresets(Rules{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}))
	for name, tc := range map[string]struct{ header, want string }{
		"visitor_at_the_end":          {strings.Repeat("203.0.113.9, ", 100_000) + "192.0.2.1", "192.0.2.1"},
		"never_a_piece_of_an_address": {strings.Repeat("203.0.113.9,", 1) + strings.Repeat("10.0.0.1,", 100_000), "10.0.0.1"},
		"one_element":                 {strings.Repeat("9", 1<<20), "10.9.9.9"},
		"an_endless_zone":             {"fe80::1%" + strings.Repeat("z", 1<<20), "10.9.9.9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := item{"client.address": "10.9.9.9", keyForwardedFor: tc.header}.fields(x)
			assert.Equal(t, tc.want, extract(x, f, true).Client)
		})
	}
}
