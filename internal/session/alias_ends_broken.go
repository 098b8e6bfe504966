//go:build broken_alias

package session

import "github.com/braidotel/braid/internal/eventtime"

// aliasHolds forgets that sessions end: a cookie names whoever first had it, for ever. A deliberately broken build that
// TestJoin_EndedSession must find.
func aliasHolds(_, _ eventtime.Instant) bool { return true }
