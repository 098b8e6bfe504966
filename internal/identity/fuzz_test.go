package identity

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzCookie(f *testing.F) {
	for _, seed := range []string{
		"", "JSESSIONID=J1", "a=1; JSESSIONID=\"J%201\"", "JSESSIONID=s%3Aid.sig;", ";;=;=", "JSESSIONID", "JSESSIONID=%", "\xff=\xff",
	} {
		f.Add(seed)
	}
	x := newExtractor(f, Rules{Session: []Rule{{Cookie: "JSESSIONID"}}})
	read := func(header string) cookies {
		jar := make([]cookies, 1)
		x.readCookie(jar, header)
		return jar[0]
	}
	f.Fuzz(func(t *testing.T, header string) {
		got := read(header)
		if got.found {
			require.Contains(t, header, "JSESSIONID=")
		}
		require.LessOrEqual(t, len(got.presented), len(header))
		got = read("JSESSIONID=J1; " + header)
		require.Equal(t, "J1", got.presented, "the first one wins whatever follows")
		require.Empty(t, got.issued)
	})
}

func FuzzSetCookie(f *testing.F) {
	for _, seed := range []string{
		"", "JSESSIONID=J1; Path=/", "JSESSIONID=; Max-Age=0", "JSESSIONID=x; expires=Thu, 01-Jan-1970 00:00:01 GMT",
		"JSESSIONID=x; max-age=99999999999999999999", "JSESSIONID=x;;;=;max-age", "=; =",
	} {
		f.Add(seed)
	}
	x := newExtractor(f, Rules{Session: []Rule{{Cookie: "JSESSIONID"}}})
	read := func(header string) cookies {
		jar := make([]cookies, 1)
		x.readSetCookie(jar, header)
		return jar[0]
	}
	f.Fuzz(func(t *testing.T, header string) {
		got := read(header)
		require.LessOrEqual(t, len(got.issued), len(header))
		require.Empty(t, read("JSESSIONID=J1; Max-Age=0; "+header).issued, "deleted whatever follows")
	})
}

func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{
		"", "192.0.2.1", "192.0.2.1, 10.0.0.1", "[2001:db8::1]:80", "fe80::1%25eth0", "unknown", ",,,", "::ffff:10.0.0.1",
		`for="[2001:db8::1]:4711";proto=http, for=_hidden`, "for=", `for="`, "for=10.0.0.1;for=192.0.2.1",
	} {
		f.Add(seed)
	}
	x := newExtractor(f, allPresets(Rules{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}))
	f.Fuzz(func(t *testing.T, header string) {
		for key, trusted := range map[string]string{keyForwardedFor: "10.0.0.2", keyForwarded: "for=10.0.0.2"} {
			it := item{"client.address": "10.0.0.1", key: header}
			e := extract(x, it.fields(x), true)
			ip, err := netip.ParseAddr(e.Client)
			require.NoError(t, err, "a visitor behind a proxy is an address: %q", e.Client)
			require.Equal(t, e.Client, ip.String())
			assertBounded(t, &e)

			it[key] = header + "," + trusted
			through := extract(x, it.fields(x), true)
			if e.Client != "10.0.0.1" && len(header) < 8000 {
				require.Equal(t, e.Client, through.Client, "one trusted proxy more changes nothing")
			}

			it["client.address"] = "192.0.2.1"
			require.Equal(t, "192.0.2.1", extract(x, it.fields(x), true).Client, "an untrusted peer is the visitor")
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		"", "JSESSIONID=J1; KHANUSER=kim%40example.com", "session_id=s user_id=u", `session_id="a b" user_id=""`,
		"PHPSESSID=,", "session_id=\xff\xfe", strings.Repeat("session_id=", 50),
	} {
		f.Add(seed)
	}
	x := newExtractor(f, allPresets(Rules{Session: []Rule{{Body: `a=(\d*)|b=(.*)`}, {Body: `.+`}}}))
	f.Fuzz(func(t *testing.T, body string) {
		e := extract(x, item{bodyKey: body}.fields(x), false)
		assertBounded(t, &e)
	})
}

func FuzzExtract(f *testing.F) {
	f.Add("s1", "JSESSIONID=J1", "JSESSIONID=J2; Path=/", "kim", "10.0.0.1", "192.0.2.1", "for=192.0.2.2", "session_id=x", true)
	f.Add("", "", "", "", "", "", "", "", false)
	f.Add("\xff", "=;", ";=", "\xff", "[", ",", "for=,", "\xff", true)
	x := newExtractor(f, allPresets(Rules{
		Session: []Rule{{Cookie: "sid", ID: true}, {Header: "x-session"}}, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	}))
	fields := x.NewFields()
	f.Fuzz(func(t *testing.T, session, cookies, setCookies, user, peer, xff, forwarded, body string, list bool) {
		value := func(s string) Value {
			if list {
				return Value{Many: strings.SplitAfter(s, "&")}
			}
			return Value{One: s}
		}
		defer fields.Reset()
		for key, text := range map[string]string{
			"session.id": session, keyCookie: cookies, keySetCookie: setCookies, "user.id": user, "client.address": peer,
			keyForwardedFor: xff, keyForwarded: forwarded, "http.request.header.x-session": session, keyPrevious: session,
		} {
			slot, ok := x.Lookup(key)
			require.True(t, ok)
			fields.Set(slot, value(text))
		}
		fields.Body = body
		e := extract(x, fields, true)
		assertBounded(t, &e)
		require.Equal(t, e, extract(x, fields, true), "reading changes nothing")
		client := e.Client
		e.Client = ""
		inner := extract(x, fields, false)
		require.Equal(t, e, inner, "only the client depends on the kind; was %q", client)
	})
}
