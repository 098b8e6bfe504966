// Package source is what a session store is to its reader: a full view, page by page, and what has changed since.
package source

import (
	"context"
	"time"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/stored"
)

// Reason says why a session is no longer in its store.
type Reason string

// The reasons, in the words of braid.session.end_reason.
const (
	Expired  Reason = "idle"     // nobody has used it for as long as it may lie
	Deleted  Reason = "logout"   // it was taken out before that
	Evicted  Reason = "evicted"  // the store had no room
	Replaced Reason = "replaced" // it goes on under another id
	Unknown  Reason = "unknown"  // to be told from its age
)

// Change is what was read of one session. Of its fields Gone says which count.
type Change struct {
	// Session is what the store holds; with Gone, only its ID counts.
	Session stored.Session
	// Gone says that the session is no longer there.
	Gone Reason
	// UserOnly says that only ID and User count: the store lists a user's sessions apart from them.
	UserOnly bool
}

// Page takes in what was read. Its error ends the reading.
type Page func(changes []Change) error

// Server is the state of one server of the store. What is not known is negative.
type Server struct {
	Address string
	// Memory is what the data takes, MaxMemory what it may take (0: all), in bytes.
	Memory, MaxMemory int64
	// Keys is how many there are, of all applications.
	Keys int64
	// Replicas are those that are attached.
	Replicas []Replica
}

// Replica is one copy.
type Replica struct {
	Address string
	// Online reports that it follows.
	Online bool
	// Lag is how long ago it last answered, Behind how many bytes of changes it has not got.
	Lag    time.Duration
	Behind int64
}

// Source is one session store. One goroutine calls Full and Changes; State may be called by another.
type Source interface {
	// Full reads every session. Whole reports whether a session that was not read cannot have been there all the time.
	// Between pages it also hands over what Changes would.
	Full(ctx context.Context, page Page) (whole bool, err error)
	// Changes hands over what changes, until the moment given. Missed reports that something may have escaped it, and
	// that a full view is due; it then returns at once.
	Changes(ctx context.Context, until time.Time, page Page) (missed bool, err error)
	// Notified reports whether the store tells of changes by itself.
	Notified() bool
	// State asks the servers.
	State(ctx context.Context) ([]Server, error)
	// Read is how many keys or rows have been looked at so far.
	Read() int64
	// Refused is how many sessions could not be read so far, and why the last could not.
	Refused() (int64, error)
	// Close ends the connections.
	Close() error
}
