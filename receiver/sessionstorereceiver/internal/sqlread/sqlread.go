// Package sqlread reads sessions from the table in which Spring Session JDBC keeps them. The table of their attributes is
// never asked.
package sqlread

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	_ "github.com/go-sql-driver/mysql" // the driver of mysql, and of MariaDB
	_ "github.com/jackc/pgx/v5/stdlib" // the driver of postgres

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/stored"
)

// dialect is how one database is spoken to.
type dialect struct {
	driver string // of database/sql
	system string // db.system.name
	first  string // placeholder
	size   string // query of the bytes that the table takes, with its name as parameter
}

var dialects = map[string]dialect{
	"mysql": {
		driver: "mysql", system: "mysql", first: "?",
		size: "SELECT data_length + index_length FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?",
	},
	"postgres": {
		driver: "pgx", system: "postgresql", first: "$1",
		size: "SELECT pg_total_relation_size(to_regclass($1))",
	},
}

// Drivers lists the databases that can be read.
func Drivers() []string { return slices.Sorted(maps.Keys(dialects)) }

// System is the db.system.name of a driver.
func System(driver string) string { return dialects[driver].system }

// DefaultTable is Spring's.
const DefaultTable = "SPRING_SESSION"

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$`)

// ValidTable refuses what is no plain name of a table, perhaps with its schema before a dot.
func ValidTable(name string) error {
	if tableName.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%q is not the name of a table: letters, digits and _, perhaps with the schema and a dot before it", name)
}

// Options say where the sessions are and how fast they are read.
type Options struct {
	Driver, DSN   string
	Table         string // default DefaultTable
	Rows          int    // of one query
	RowsPerSecond float64
	Timeout       time.Duration // of a query
}

// Store is a source.Source.
type Store struct {
	options Options
	dialect dialect
	db      *sql.DB
	limiter *rate.Limiter
	read    atomic.Int64
	latest  int64 // greatest EXPIRY_TIME seen
}

var _ source.Source = (*Store)(nil)

// Open prepares the connection; the server is first met in Full. Its errors never hold the password.
func Open(o Options) (*Store, error) {
	d, ok := dialects[o.Driver]
	if !ok {
		return nil, fmt.Errorf("sql::driver: there is none called %q", o.Driver)
	}
	if o.Table == "" {
		o.Table = DefaultTable
	}
	if err := ValidTable(o.Table); err != nil {
		return nil, fmt.Errorf("prefix: %w", err)
	}
	db, err := sql.Open(d.driver, o.DSN)
	if err != nil {
		return nil, errors.New("sql::dsn: cannot be read: for postgres it should be a URL as postgres://user@host/database, or keywords; " +
			"for mysql user:password@tcp(host:3306)/database")
	}
	db.SetMaxOpenConns(2)
	db.SetConnMaxIdleTime(time.Minute)
	return &Store{options: o, dialect: d, db: db, limiter: rate.NewLimiter(rate.Limit(o.RowsPerSecond), o.Rows)}, nil
}

const columns = "PRIMARY_ID, SESSION_ID, CREATION_TIME, LAST_ACCESS_TIME, MAX_INACTIVE_INTERVAL, EXPIRY_TIME, PRINCIPAL_NAME"

// Full reads the table in the order of its primary key, some rows at a time.
func (s *Store) Full(ctx context.Context, page source.Page) (bool, error) {
	query := fmt.Sprintf("SELECT %s FROM %s WHERE PRIMARY_ID > %s ORDER BY PRIMARY_ID LIMIT %d",
		columns, s.options.Table, s.dialect.first, s.options.Rows)
	for after := ""; ; {
		changes, last, err := s.rows(ctx, query, after)
		if err != nil {
			return false, err
		}
		if err := page(changes); err != nil {
			return false, err
		}
		if len(changes) < s.options.Rows {
			return true, nil
		}
		after = last
	}
}

// changesEvery is how often new and used sessions are looked for between full views.
const changesEvery = 2 * time.Second

// Changes reads the sessions that end later than any seen before: those that began or were used since. The table has an
// index on that. Sessions that have gone are found by the next full view.
func (s *Store) Changes(ctx context.Context, until time.Time, page source.Page) (bool, error) {
	query := fmt.Sprintf("SELECT %s FROM %s WHERE EXPIRY_TIME > %s ORDER BY EXPIRY_TIME LIMIT %d",
		columns, s.options.Table, s.dialect.first, s.options.Rows)
	for full := false; ; {
		if !full {
			timer := time.NewTimer(min(changesEvery, time.Until(until)))
			select {
			case <-ctx.Done():
				timer.Stop()
				return false, ctx.Err()
			case <-timer.C:
			}
		}
		if !time.Now().Before(until) {
			return false, nil
		}
		changes, _, err := s.rows(ctx, query, s.latest)
		if err != nil {
			return true, err
		}
		if err := page(changes); err != nil {
			return true, err
		}
		full = len(changes) == s.options.Rows
	}
}

// rows reads one query's rows, and returns the primary key of the last.
func (s *Store) rows(ctx context.Context, query string, argument any) (changes []source.Change, last string, err error) {
	if err := s.limiter.WaitN(ctx, s.options.Rows); err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	rows, err := s.db.QueryContext(ctx, query, argument)
	if err != nil {
		return nil, "", fmt.Errorf("reading %s: %w", s.options.Table, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	now := time.Now()
	for rows.Next() {
		var row row
		if err := rows.Scan(&row.primary, &row.id, &row.created, &row.accessed, &row.interval, &row.expires, &row.user); err != nil {
			return nil, "", fmt.Errorf("reading %s: %w", s.options.Table, err)
		}
		changes = append(changes, source.Change{Session: row.session(now)})
		last = row.primary
		if row.interval >= 0 {
			s.latest = max(s.latest, row.expires)
		}
	}
	s.read.Add(int64(len(changes)))
	return changes, last, rows.Err()
}

// row is one of SPRING_SESSION; times are milliseconds since 1970.
type row struct {
	primary, id                          string
	created, accessed, interval, expires int64
	user                                 sql.NullString
}

func (r *row) session(now time.Time) stored.Session {
	s := stored.Session{
		ID: strings.TrimRight(r.id, " "), User: stored.Fit(r.user.String), Created: time.UnixMilli(r.created), Accessed: time.UnixMilli(r.accessed),
	}
	if r.interval >= 0 { // else it never ends
		s.Expires = time.UnixMilli(r.expires)
		s.Over = s.Expires.Before(now)
	}
	return s
}

// Notified is false: a database tells nothing by itself.
func (s *Store) Notified() bool { return false }

// State tells the size of the table.
func (s *Store) State(ctx context.Context) ([]source.Server, error) {
	var size sql.NullInt64
	err := s.db.QueryRowContext(ctx, s.dialect.size, s.options.Table).Scan(&size)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("asking for the size of %s: %w", s.options.Table, err)
	}
	server := source.Server{Memory: -1, MaxMemory: -1, Keys: -1}
	if size.Valid {
		server.Memory = size.Int64
	}
	return []source.Server{server}, nil
}

// Read is how many rows have been read.
func (s *Store) Read() int64 { return s.read.Load() }

// Refused is none: what a row holds is checked by the database.
func (*Store) Refused() (int64, error) { return 0, nil }

// Close ends the connections.
func (s *Store) Close() error { return s.db.Close() }
