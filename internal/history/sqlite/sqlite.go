package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/braidotel/braid/internal/history/relational"
)

// Options configure a database. The zero value is durable.
type Options struct {
	// NoSync spares the fsync of each transaction: nothing is lost when the process dies, the last transactions may be
	// when the machine does.
	NoSync bool
	// Now names the file that a damaged database is moved to.
	Now time.Time
}

// Opened says what was found.
type Opened struct {
	// Quarantined is where a damaged database was moved; empty if there was none.
	Quarantined string
}

// Open opens or creates the database file. One that is damaged is moved aside and a new one begun: records are worth
// less than going on, and nothing is deleted.
func Open(ctx context.Context, path string, o Options) (relational.DB, Opened, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, Opened{}, fmt.Errorf("creating the directory of %s: %w", path, err)
	}
	db, err := open(ctx, path, &o)
	if err == nil {
		return db, Opened{}, nil
	}
	if !damaged(err) {
		return nil, Opened{}, fmt.Errorf("opening %s: %w", path, err)
	}
	aside := path + ".damaged-" + o.Now.UTC().Format("20060102T150405.000000000")
	if err := quarantine(path, aside); err != nil {
		return nil, Opened{}, fmt.Errorf("moving the damaged %s aside: %w", path, err)
	}
	if db, err = open(ctx, path, &o); err != nil {
		return nil, Opened{}, fmt.Errorf("creating %s anew: %w", path, err)
	}
	return db, Opened{Quarantined: aside}, nil
}

// quarantine moves a database with what SQLite keeps beside it.
func quarantine(path, aside string) error {
	for _, suffix := range []string{"", "-wal", "-shm", suspectSuffix} {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// database is a relational.DB. Writing goes through one connection under a lock, reading through others.
type database struct {
	path   string
	reader *sql.DB
	writer *sql.DB

	mu       sync.Mutex
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

const readers = 4

// suspectSuffix marks a database in which damage was met: the next Open looks through all of it.
const suspectSuffix = ".suspect"

func open(ctx context.Context, path string, o *Options) (_ *database, err error) {
	synchronous := "FULL"
	if o.NoSync {
		synchronous = "NORMAL"
	}
	dsn := func(pragmas ...string) string {
		q := url.Values{"_pragma": append([]string{"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(" + synchronous + ")",
			"temp_store(MEMORY)", "cache_size(-8192)"}, pragmas...)}
		return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
	}
	d := &database{path: path, prepared: map[string]*sql.Stmt{}}
	defer func() {
		if err != nil {
			_ = d.Close()
		}
	}()
	if d.writer, err = sql.Open("sqlite", dsn()); err != nil {
		return nil, err
	}
	d.writer.SetMaxOpenConns(1)
	if d.reader, err = sql.Open("sqlite", dsn("query_only(1)")); err != nil {
		return nil, err
	}
	d.reader.SetMaxOpenConns(readers)
	if d.conn, err = d.writer.Conn(ctx); err != nil {
		return nil, err
	}
	if err := d.examine(ctx); err != nil {
		return nil, err
	}
	if err := d.migrate(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// examine looks for damage all over the database if some was met before.
func (d *database) examine(ctx context.Context) error {
	if _, err := os.Stat(d.path + suspectSuffix); err != nil {
		return nil //nolint:nilerr // no mark, no suspicion
	}
	var verdict string
	if err := d.conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, verdict)
	}
	return os.Remove(d.path + suspectSuffix)
}

// Apply implements relational.DB.
func (d *database) Apply(ctx context.Context, statements []relational.Statement) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	changed, err := d.apply(ctx, statements)
	if err != nil {
		// Whether the transaction began or not, it must not stay open.
		_, _ = d.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		d.suspect(err)
		return 0, fmt.Errorf("writing to %s: %w", d.path, classify(err))
	}
	return changed, nil
}

func (d *database) apply(ctx context.Context, statements []relational.Statement) (changed int64, err error) {
	if _, err := d.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return 0, err
	}
	for i := range statements {
		stmt, err := d.prepare(ctx, statements[i].SQL) //nolint:sqlclosecheck // kept for the next batch; Close closes it
		if err != nil {
			return 0, err
		}
		result, err := stmt.ExecContext(ctx, statements[i].Args...)
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		changed += n
	}
	_, err = d.conn.ExecContext(ctx, "COMMIT")
	return changed, err
}

// prepare keeps statements: package relational has about twenty.
func (d *database) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := d.prepared[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := d.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("preparing: %w", err)
	}
	d.prepared[query] = stmt
	return stmt, nil
}

// Query implements relational.DB.
func (d *database) Query(ctx context.Context, query string, args []any, each func(scan func(dest ...any) error) error) error {
	err := d.query(ctx, query, args, each)
	if err != nil {
		d.suspect(err)
		return fmt.Errorf("reading %s: %w", d.path, classify(err))
	}
	return nil
}

func (d *database) query(ctx context.Context, query string, args []any, each func(scan func(dest ...any) error) error) error {
	rows, err := d.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// suspect leaves the mark that makes the next Open look through the database.
func (d *database) suspect(err error) {
	if damaged(err) {
		_ = os.WriteFile(d.path+suspectSuffix, []byte(err.Error()+"\n"), 0o600)
	}
}

// Close implements relational.DB.
func (d *database) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, stmt := range d.prepared {
		errs = append(errs, stmt.Close())
	}
	d.prepared = map[string]*sql.Stmt{}
	if d.reader != nil {
		errs = append(errs, d.reader.Close())
	}
	if d.conn != nil {
		errs = append(errs, d.conn.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing %s: %w", d.path, err)
	}
	return nil
}
