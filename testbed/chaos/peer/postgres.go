package peer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is a PostgreSQL server of Debian's package.
type Postgres struct {
	// Address is host:port.
	Address string

	base   string
	server *exec.Cmd
	exited chan struct{}
}

const postgresPatience = 60 * time.Second

// StartPostgres initialises and starts a server, with an empty database for the role braid.
func StartPostgres(ctx context.Context, address string) (_ *Postgres, err error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return nil, errors.Join(errors.New("there is no PostgreSQL server: apt-get install postgresql"), err)
	}
	base, err := os.MkdirTemp("", "braid-pg") // a socket's path is at most 107 bytes
	if err != nil {
		return nil, err
	}
	p := &Postgres{Address: address, base: base, exited: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(base))
		}
	}()
	as := &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // which the server refuses to run as
		if err := p.owned(as); err != nil {
			return nil, err
		}
	}
	bin, data := filepath.Dir(found[len(found)-1]), filepath.Join(base, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "admin", "--auth=trust", "-E", "UTF8", "--no-locale",
		"--no-instructions", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, base
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	p.server = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", base, "-p", portOf(address), "-c", "listen_addresses=127.0.0.1") //nolint:noctx // ended by Close
	p.server.SysProcAttr, p.server.Dir = as, base
	if err := p.server.Start(); err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	go func() {
		_ = p.server.Wait() // how it ended does not matter
		close(p.exited)
	}()
	deadline := time.Now().Add(postgresPatience)
	for p.Exec(ctx, "SELECT 1") != nil {
		if time.Now().After(deadline) || ctx.Err() != nil {
			return nil, errors.Join(errors.New("PostgreSQL does not answer"), p.Close())
		}
		time.Sleep(20 * time.Millisecond)
	}
	return p, errors.Join(p.Exec(ctx, "CREATE ROLE braid LOGIN"), p.Exec(ctx, "CREATE DATABASE braid OWNER braid"))
}

func portOf(address string) string { return address[len("127.0.0.1:"):] }

func (p *Postgres) owned(as *syscall.SysProcAttr) error {
	postgres, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, _ := strconv.Atoi(postgres.Uid)
	gid, _ := strconv.Atoi(postgres.Gid)
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(p.base, uid, gid)
}

// DSN is how braid connects through an address, which may be a proxy's.
func (p *Postgres) DSN(address string) string {
	return "postgres://braid@" + address + "/braid?sslmode=disable&connect_timeout=3"
}

// Exec runs a statement as the server's administrator.
func (p *Postgres) Exec(ctx context.Context, statement string) error {
	return p.as(ctx, "admin", "postgres", func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, statement)
		return err
	})
}

// Count returns the number that a query in braid's database gives.
func (p *Postgres) Count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = p.as(ctx, "admin", "braid", func(c *pgx.Conn) error { return c.QueryRow(ctx, query, args...).Scan(&n) })
	return n, err
}

func (p *Postgres) as(ctx context.Context, role, database string, do func(*pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, "postgres://"+role+"@"+p.Address+"/"+database+"?sslmode=disable")
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close(ctx))
}

// SetFull makes the server refuse every connection of braid's, or take them again.
func (p *Postgres) SetFull(ctx context.Context, full bool) error {
	if !full {
		return p.Exec(ctx, "ALTER ROLE braid CONNECTION LIMIT -1")
	}
	return errors.Join(
		p.Exec(ctx, "ALTER ROLE braid CONNECTION LIMIT 0"),
		p.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'braid'"),
	)
}

// Empty gives braid a database without tables.
func (p *Postgres) Empty(ctx context.Context) error {
	return errors.Join(p.Exec(ctx, "DROP DATABASE braid WITH (FORCE)"), p.Exec(ctx, "CREATE DATABASE braid OWNER braid"))
}

// Close ends the server at once and removes its data.
func (p *Postgres) Close() error {
	_ = p.server.Process.Signal(syscall.SIGQUIT)
	<-p.exited
	return os.RemoveAll(p.base)
}
