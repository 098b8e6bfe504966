package mcpserver

import (
	"context"
	"errors"
	"fmt"

	"github.com/braidotel/braid/internal/query"
)

// problem is what a client can act upon: a stable code, and the smallest fix.
type problem struct{ code, fix string }

func (p *problem) Error() string { return p.code + ": " + p.fix }

func invalid(field, fix string) error {
	return &problem{code: "invalid_argument", fix: field + ": " + fix}
}

// explain gives an error of the service its code. Nothing of an unknown one is told: it may hold what is not the client's.
func explain(err error) error {
	var p *problem
	switch {
	case err == nil, errors.As(err, &p):
		return err
	case errors.Is(err, query.ErrInvalid):
		return &problem{code: "invalid_argument", fix: err.Error()}
	case errors.Is(err, query.ErrNotFound):
		return &problem{code: "not_found", fix: "list first and take an id from there"}
	case errors.Is(err, query.ErrConflict):
		return &problem{code: "conflict", fix: err.Error()}
	case errors.Is(err, query.ErrOutside):
		return &problem{code: "unavailable", fix: "the system that the action concerns does not answer or refuses; the collector's log may tell more"}
	case errors.Is(err, query.ErrForbidden):
		return &problem{code: "forbidden", fix: "ask the operator of Braid for the role that this needs"}
	case errors.Is(err, query.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return &problem{code: "unavailable", fix: "the history does not answer; try again in a minute"}
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("canceled: %w", context.Canceled)
	default:
		return &problem{code: "internal", fix: "an error of the collector; its log may tell more"}
	}
}
