package history

import (
	"crypto/sha256"
	"encoding/hex"
)

// SummaryID names the summary of an event in a language, by which whoever has the event finds it. A later summary of the
// same event and language replaces the earlier.
func SummaryID(tenant Tenant, of Kind, id, language string) string {
	sum := sha256.Sum256([]byte(string(tenant) + "\x00" + string(of) + "\x00" + id + "\x00" + language))
	return hex.EncodeToString(sum[:16])
}
