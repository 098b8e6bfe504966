//go:build !broken_digest

package action

import "crypto/subtle"

// Equal compares digests without telling by time how far they agree.
func Equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
