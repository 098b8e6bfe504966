package action

import (
	"context"
	"errors"
)

// Executor does the actions of one kind. It does nothing on its own account: what it may do is decided before.
type Executor interface {
	// Resolve makes a request exact by looking at what there is, without changing anything. The service is the one that
	// the request names, or nil; the tenant is the asker's.
	Resolve(ctx context.Context, tenant string, service *Service, r Order) (Arguments, error)
	// Execute does it, once, and says what was done. An error with ErrNotDone in its chain tells that nothing was; after
	// any other nobody knows.
	Execute(ctx context.Context, p *Proposal) (string, error)
	// Look says what there is now of what was to be done, without changing anything; empty where that cannot be seen.
	Look(ctx context.Context, p *Proposal) (string, error)
}

// ErrNotDone tells that an action certainly changed nothing.
var ErrNotDone = errors.New("not done")

// NotDone marks an error by which nothing was changed.
func NotDone(err error) error { return &notDoneError{err} }

type notDoneError struct{ err error }

func (e *notDoneError) Error() string   { return e.err.Error() }
func (e *notDoneError) Unwrap() []error { return []error{ErrNotDone, e.err} }
