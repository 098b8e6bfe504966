package relational

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/braidotel/braid/internal/history"
)

// Lazy is a DB that opens when it is first used, and again after that failed: neither a full disk nor a server that is
// down keeps anything from starting.
type Lazy struct {
	open func(context.Context) (DB, error)

	mu     sync.Mutex
	db     DB
	closed bool
}

// NewLazy returns a DB that open opens. Calls wait for each other while it is being opened.
func NewLazy(open func(context.Context) (DB, error)) *Lazy { return &Lazy{open: open} }

var errClosed = errors.New("the store is closed")

// Open opens the database unless it is open.
func (l *Lazy) Open(ctx context.Context) error {
	_, err := l.opened(ctx)
	return err
}

func (l *Lazy) opened(ctx context.Context) (DB, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, fmt.Errorf("%w: %w", history.ErrUnavailable, errClosed)
	case l.db != nil:
		return l.db, nil
	}
	db, err := l.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", history.ErrUnavailable, err)
	}
	l.db = db
	return db, nil
}

// Apply implements DB.
func (l *Lazy) Apply(ctx context.Context, statements []Statement) (int64, error) {
	db, err := l.opened(ctx)
	if err != nil {
		return 0, err
	}
	return db.Apply(ctx, statements)
}

// Query implements DB.
func (l *Lazy) Query(ctx context.Context, query string, args []any, each func(scan func(dest ...any) error) error) error {
	db, err := l.opened(ctx)
	if err != nil {
		return err
	}
	return db.Query(ctx, query, args, each)
}

// Close implements DB.
func (l *Lazy) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.db == nil {
		return nil
	}
	return l.db.Close()
}
