package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/puddle/v2"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
)

// Options configure a connection. Zero values take the defaults.
type Options struct {
	// MaxConnections is the most connections at once. Default 8.
	MaxConnections int
	// StatementTimeout ends what takes longer on the server. Default 30 s.
	StatementTimeout time.Duration
}

// Open connects to a server and brings its tables to the newest form. Its errors never hold the password.
func Open(ctx context.Context, dsn string, o Options) (relational.DB, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the DSN cannot be read: it should be a URL as postgres://user@host/database, or keywords")
	}
	if o.MaxConnections > 0 {
		config.MaxConns = int32(o.MaxConnections)
	} else {
		config.MaxConns = 8
	}
	if o.StatementTimeout <= 0 {
		o.StatementTimeout = 30 * time.Second
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	config.ConnConfig.RuntimeParams["statement_timeout"] = fmt.Sprint(o.StatementTimeout.Milliseconds())
	config.ConnConfig.RuntimeParams["application_name"] = "braid"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	d := &database{pool: pool}
	if err := d.migrate(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return d, nil
}

// database is a relational.DB.
type database struct{ pool *pgxpool.Pool }

// attempts is how often a transaction is tried that the server broke off in favour of another.
const attempts = 5

// Apply implements relational.DB. The statements go to the server together.
func (d *database) Apply(ctx context.Context, statements []relational.Statement) (changed int64, err error) {
	for range attempts {
		if changed, err = d.apply(ctx, statements); !yielded(err) {
			break
		}
	}
	if err != nil {
		return 0, fmt.Errorf("writing to PostgreSQL: %w", classify(err))
	}
	return changed, nil
}

func (d *database) apply(ctx context.Context, statements []relational.Statement) (changed int64, err error) {
	err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		for i := range statements {
			batch.Queue(dialect(statements[i].SQL), statements[i].Args...)
		}
		results := tx.SendBatch(ctx, batch)
		for range statements {
			tag, err := results.Exec()
			if err != nil {
				return errors.Join(err, results.Close())
			}
			changed += tag.RowsAffected()
		}
		return results.Close()
	})
	return changed, err
}

// Query implements relational.DB.
func (d *database) Query(ctx context.Context, query string, args []any, each func(scan func(dest ...any) error) error) error {
	rows, err := d.pool.Query(ctx, dialect(query), args...)
	if err != nil {
		return fmt.Errorf("reading from PostgreSQL: %w", classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading from PostgreSQL: %w", classify(err))
	}
	return nil
}

// Close implements relational.DB.
func (d *database) Close() error {
	d.pool.Close()
	return nil
}

// dialect writes the one word that SQLite has another for.
func dialect(query string) string { return strings.ReplaceAll(query, " AS BLOB)", " AS BYTEA)") }

// yielded says whether the server broke a transaction off because of another: a deadlock or a serialisation failure.
func yielded(err error) bool {
	server, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (server.Code == "40P01" || server.Code == "40001")
}

// classify marks errors that pass. What the server says about the data does not; about itself it does: connections (08),
// rollbacks (40), resources and disks (53), states (55), operators (57), the system (58), and read-only servers (25006).
func classify(err error) error {
	passes := false
	if server, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch server.Code[:2] {
		case "08", "40", "53", "55", "57", "58", "XX":
			passes = true
		}
		passes = passes || server.Code == "25006"
	} else {
		var network net.Error
		var connecting *pgconn.ConnectError
		passes = errors.As(err, &network) || errors.As(err, &connecting) || errors.Is(err, io.EOF) ||
			errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) ||
			errors.Is(err, context.DeadlineExceeded) || errors.Is(err, puddle.ErrClosedPool) || strings.Contains(err.Error(), "conn closed")
	}
	if passes {
		return fmt.Errorf("%w: %w", history.ErrUnavailable, err)
	}
	return err
}
