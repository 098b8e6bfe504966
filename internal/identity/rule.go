package identity

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// Rule names one place to read a value from. Exactly one of Attribute, Cookie, Header, Body and Metadata is set.
type Rule struct {
	// Attribute is a span, log or resource attribute.
	Attribute string `mapstructure:"attribute"`
	// Cookie is the name of a cookie in the request or set by the answer.
	Cookie string `mapstructure:"cookie"`
	// Header is the name of an HTTP request header that the instrumentation captured.
	Header string `mapstructure:"header"`
	// Body is a regular expression over a log record's text; its first group that matches something, or all of it where
	// there is no group, is the value.
	Body string `mapstructure:"body"`
	// Metadata is a header of the export request that brought the telemetry.
	Metadata string `mapstructure:"metadata"`
	// Token says that the value stands for a session of the cookie named here, without being a session.id. Session
	// cookies are tokens of their own name unless ID is set.
	Token string `mapstructure:"token"`
	// ID says that a session cookie's value is the session.id itself.
	ID bool `mapstructure:"id"`
}

// Rules is the configuration of an Extractor: per target, first match wins.
type Rules struct {
	Session []Rule
	User    []Rule
	Client  []Rule
	// TrustedProxies are the networks whose word on who is before them is believed, and which are never visitors.
	TrustedProxies []netip.Prefix
	// MaxCookieBytes bounds what is parsed of one cookie or forwarding header.
	MaxCookieBytes int
	// MaxValueBytes bounds an identity; a longer one is cut.
	MaxValueBytes int
}

var errOnePlace = errors.New("needs exactly one of attribute, cookie, header, body, metadata")

// Validate reports what is wrong with the rule, in the words of the configuration.
func (r Rule) Validate() error {
	n := 0
	for _, place := range []string{r.Attribute, r.Cookie, r.Header, r.Body, r.Metadata} {
		if place != "" {
			n++
		}
	}
	if n != 1 {
		return fmt.Errorf("%w, has %d", errOnePlace, n)
	}
	if r.Body != "" {
		if _, err := regexp.Compile(r.Body); err != nil {
			return fmt.Errorf("body: %w", err)
		}
	}
	if r.ID && r.Token != "" {
		return errors.New("id and token exclude each other: a value is a session.id or stands for one")
	}
	return nil
}

// Presets returns the rules known by name, and false for a name that is not.
func Presets(name string) (Rules, bool) {
	rules, ok := presets[name]
	return rules, ok
}

// PresetNames lists the presets in the order in which they are tried by default.
func PresetNames() []string {
	return []string{"semconv", "otel_browser", "jsessionid", "khanuser", "phpsessid", "connect.sid", "faro"}
}

// presets: semconv reads the stable and the older names of the semantic conventions; Faro's receiver writes its bodies
// as logfmt with session_id and user_id; KHANUSER is the log-in cookie of the Korean portals Braid was asked for.
var presets = map[string]Rules{
	"semconv": {
		Session: attributes("session.id"),
		User:    attributes("user.id", "enduser.id"),
		Client: attributes("client.address", "http.client_ip", "net.sock.peer.addr", "net.peer.ip",
			"network.peer.address"),
	},
	"otel_browser": {Session: attributes("session.id", "rum.sessionId", "browser.session.id")},
	"jsessionid": {Session: []Rule{
		{Cookie: "JSESSIONID"},
		{Body: `\bJSESSIONID=([0-9A-Za-z._!~-]+)`, Token: "JSESSIONID"},
	}},
	"khanuser": {User: []Rule{
		{Cookie: "KHANUSER"},
		{Body: `\bKHANUSER=([^;"\s]+)`},
	}},
	"phpsessid":   {Session: []Rule{{Cookie: "PHPSESSID"}, {Body: `\bPHPSESSID=([0-9A-Za-z,-]+)`, Token: "PHPSESSID"}}},
	"connect.sid": {Session: []Rule{{Cookie: "connect.sid"}}},
	"faro": {
		Session: []Rule{{Attribute: "session_id"}, {Body: `(?:^|\s)session_id=(?:"([^"\\]+)"|([^\s"]+))`}},
		User:    []Rule{{Attribute: "user_id"}, {Body: `(?:^|\s)user_id=(?:"([^"\\]+)"|([^\s"]+))`}},
	},
}

func attributes(keys ...string) []Rule {
	rules := make([]Rule, len(keys))
	for i, key := range keys {
		rules[i].Attribute = key
	}
	return rules
}

// HeaderAttribute is the semantic conventions' name of the captured request header that Header names.
func (r Rule) HeaderAttribute() string { return "http.request.header." + strings.ToLower(r.Header) }

// olderHeader is the attribute of a captured header as the semantic conventions used to spell it, and Python's
// instrumentations still do: with underscores. Another key is returned as it is.
func olderHeader(key string) string {
	for _, prefix := range []string{"http.request.header.", "http.response.header."} {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			return prefix + strings.ReplaceAll(name, "-", "_")
		}
	}
	return key
}
