package session

import "time"

// Promotion says when a token of unknown owner becomes a session of its own.
type Promotion uint8

const (
	// PromoteRoot takes a token for a session id only where the trace's root is a server span, so that no browser can
	// have named the session: at once when the answer issued it, later when it was presented.
	PromoteRoot Promotion = iota
	// PromoteAlways takes any token that nothing better turned up for.
	PromoteAlways
	// PromoteNever leaves it unknown.
	PromoteNever
)

// Config bounds a Table. All durations are event time; every bound is per Table, that is per tenant.
type Config struct {
	// Wait is the longest an item waits for its identity; zero holds nothing.
	Wait time.Duration
	// Idle ends a session without activity; a gap of exactly Idle does not.
	Idle time.Duration
	// Linger is how long after a log-out activity still counts to the session that ended.
	Linger time.Duration
	// Lateness is how far out of order items may come.
	Lateness time.Duration
	// MaxSkew is how far ahead of the wall clock an item may be.
	MaxSkew time.Duration
	// Replay detaches event time from the wall clock.
	Replay bool
	// TraceTTL is how long a trace is remembered after its last item.
	TraceTTL time.Duration
	// Remember is how long an ended session is, so that what comes late still finds it.
	Remember time.Duration
	// PromoteAfter is how long a presented token must have been known before it may become a session.
	PromoteAfter time.Duration
	// Promote says when a token becomes a session.
	Promote Promotion
	// LongAfter is the length at which a session is reported as long; zero never.
	LongAfter time.Duration
	// FloodAttempts is the number of suspicious log-in attempts of one client within a minute that is a flood; zero never.
	FloodAttempts int

	MaxSessions, MaxTraces, MaxHeld, MaxTokens, MaxRemembered, MaxPlaces, MaxPages, MaxClients int
	// MaxStored is the most sessions of session stores that are compared with those of traffic.
	MaxStored int

	// Key keys the hashes under which tokens are kept.
	Key [2]uint64
}
