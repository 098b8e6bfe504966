package relational

import "context"

// Statement is one SQL statement with its arguments: string, int64, []byte or bool-as-int64.
type Statement struct {
	SQL  string
	Args []any
}

// DB runs statements. Its errors have history.ErrUnavailable in their chain where repeating may help.
type DB interface {
	// Apply runs the statements in one transaction that is durable on return, and returns how many rows they changed.
	Apply(ctx context.Context, statements []Statement) (changed int64, err error)
	// Query calls each for every row with a function that scans it.
	Query(ctx context.Context, query string, args []any, each func(scan func(dest ...any) error) error) error
	Close() error
}
