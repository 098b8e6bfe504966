package identity

import (
	"net/url"
	"strconv"
	"strings"
)

// cookie finds the value of the cookie called name in a Cookie header, decoded (RFC 6265 §4.2). Names are compared
// exactly; the first of several wins, as in user agents' order of most specific path first.
func cookie(header, name string) (string, bool) {
	for header != "" {
		var pair string
		pair, header, _ = strings.Cut(header, ";")
		key, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if ok && key == name {
			return decodeCookie(value), true
		}
	}
	return "", false
}

// setCookie finds the value of the cookie called name in one Set-Cookie header; a cookie being deleted has none.
func setCookie(header, name string) (string, bool) {
	pair, attributes, _ := strings.Cut(header, ";")
	key, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
	if !ok || key != name || deletes(attributes) {
		return "", false
	}
	value = decodeCookie(value)
	return value, value != ""
}

// deletes reports whether the attributes of a Set-Cookie header make the user agent forget the cookie, whatever its value
// (PHP writes "deleted"): a Max-Age that is over or, with none, an expiry in the year in which everybody lets it expire.
func deletes(attributes string) bool {
	expired := false
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(attribute), "=")
		switch {
		case strings.EqualFold(key, "max-age"):
			age, err := strconv.Atoi(value)
			return err == nil && age <= 0
		case strings.EqualFold(key, "expires"):
			expired = strings.Contains(value, "1970")
		}
	}
	return expired
}

// decodeCookie undoes quoting, percent-encoding and the signature that express-session adds (s:<id>.<signature>).
func decodeCookie(value string) string {
	value = strings.Trim(value, `"`)
	if strings.IndexByte(value, '%') >= 0 {
		if decoded, err := url.PathUnescape(value); err == nil {
			value = decoded
		}
	}
	if signed, ok := strings.CutPrefix(value, "s:"); ok {
		if dot := strings.LastIndexByte(signed, '.'); dot > 0 {
			return signed[:dot]
		}
	}
	return value
}
