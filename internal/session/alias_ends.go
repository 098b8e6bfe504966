//go:build !broken_alias

package session

import "github.com/braidotel/braid/internal/eventtime"

// aliasHolds reports whether activity at an instant still belongs to the session that a token stands for: a session that
// has ended takes no more of it.
func aliasHolds(at, bound eventtime.Instant) bool { return at <= bound }
