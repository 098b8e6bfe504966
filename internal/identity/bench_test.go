package identity

import (
	"net/netip"
	"testing"
)

// BenchmarkExtract reads a web server's span and one that says nothing, with every preset on.
func BenchmarkExtract(b *testing.B) {
	x := newExtractor(b, allPresets(Rules{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}))
	for name, it := range map[string]item{
		"web_server": {
			"client.address": "10.20.0.5", keyForwardedFor: "198.51.100.7, 10.0.0.9",
			keyCookie: []string{"_ga=GA1.2.1; lang=ko; JSESSIONID=0123456789ABCDEF0123456789ABCDEF.was1; KHANUSER=u1"},
		},
		"database": {"db.system.name": "postgresql"},
		"access_log": {
			bodyKey: `198.51.100.7 - - "GET /product/118 HTTP/1.1" 200 5316 "-" JSESSIONID=0123456789ABCDEF0123456789ABCDEF`,
		},
		"plain_log": {bodyKey: "loaded 24 products of category 7 from the cache in 3 ms"},
	} {
		b.Run(name, func(b *testing.B) {
			f := it.fields(x)
			var e Evidence
			b.ReportAllocs()
			for b.Loop() {
				e = Evidence{}
				x.Extract(f, true, &e)
			}
		})
	}
}
