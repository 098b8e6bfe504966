package wire

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAllow_Addresses_AreThoseThatMayBeReached(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]bool{ // over TLS, in plain text
		"127.0.0.1:80":                {true, true},
		"[::1]:80":                    {true, true},
		"10.0.0.9:443":                {true, false},
		"203.0.113.7:443":             {true, false},
		"169.254.169.254:80":          {false, false},
		"[fe80::1%eth0]:80":           {false, false},
		"[::ffff:169.254.169.254]:80": {false, false},
		"0.0.0.0:80":                  {false, false},
		"224.0.0.1:80":                {false, false},
		"name:80":                     {false, false},
	} {
		assert.Equal(t, want[0], allow(address, false) == nil, address)
		assert.Equal(t, want[1], allow(address, true) == nil, address)
	}
}

func TestCheckURL_PlainText_StaysHere(t *testing.T) {
	t.Parallel()
	for _, ok := range []string{"https://a.test/x", "http://127.0.0.1:9093", "http://localhost:1/x", "http://[::1]:9093"} {
		assert.NoError(t, CheckURL(ok), ok)
	}
	for _, bad := range []string{"", "a.test", "http://a.test", "http://127.0.0.1.a.test", "file:///etc/passwd", "https://u:p@a.test", "https://a.test/#x", "https://:443", "http://[::1"} {
		assert.Error(t, CheckURL(bad), bad)
	}
}
