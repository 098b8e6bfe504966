package identity

import (
	"net/url"
	"strconv"
	"strings"
)

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
