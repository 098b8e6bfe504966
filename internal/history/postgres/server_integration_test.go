//go:build integration

package postgres_test

import (
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/needs"
)

// server is a PostgreSQL of Debian's package in a directory of its own, reached by a Unix socket only.
type server struct {
	t      testing.TB
	bin    string
	dir    string // data
	socket string
	as     *syscall.SysProcAttr
	cmd    *exec.Cmd
	exited chan struct{}
}

// startServer initialises and starts a server that ends with the test.
func startServer(t testing.TB) *server {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	require.NoError(t, err)
	if len(found) == 0 {
		needs.Missing(t, "there is no PostgreSQL server: apt-get install postgresql")
	}
	base, err := os.MkdirTemp("", "braid-pg") //nolint:usetesting // a socket's path is at most 107 bytes
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	s := &server{t: t, bin: filepath.Dir(found[len(found)-1]), dir: filepath.Join(base, "data"), socket: base, as: &syscall.SysProcAttr{}}
	if os.Getuid() == 0 { // which the server refuses to run as
		postgres, err := user.Lookup("postgres")
		require.NoError(t, err)
		uid, _ := strconv.Atoi(postgres.Uid)
		gid, _ := strconv.Atoi(postgres.Gid)
		s.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		require.NoError(t, os.Chown(base, uid, gid))
	}
	initdb := exec.CommandContext(t.Context(), filepath.Join(s.bin, "initdb"), "-D", s.dir, "-U", "braid", "--auth=trust", "-E", "UTF8",
		"--no-locale", "--no-instructions")
	initdb.SysProcAttr, initdb.Dir = s.as, base
	out, err := initdb.CombinedOutput()
	require.NoError(t, err, string(out))
	s.start()
	t.Cleanup(s.kill)
	return s
}

// start runs the server as a child, so that one that was killed is gone at once, and waits until it answers. The killed
// one's own children go a little later than it, and as long as they are there it refuses to start.
func (s *server) start() {
	var exited chan struct{}
	require.Eventually(s.t, func() bool {
		select {
		case <-exited:
			exited = nil
		default:
		}
		if exited == nil {
			exited = s.run()
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, s.dsn("postgres"))
		if err != nil {
			return false
		}
		return conn.Close(ctx) == nil
	}, 30*time.Second, 20*time.Millisecond, "the server does not answer")
	s.exited = exited
}

// run starts the process and returns what is closed once it has gone.
func (s *server) run() chan struct{} {
	s.cmd = exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.dir, "-k", s.socket, "-c", "listen_addresses=")
	s.cmd.SysProcAttr, s.cmd.Dir = s.as, s.socket
	require.NoError(s.t, s.cmd.Start())
	exited, cmd := make(chan struct{}), s.cmd
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	return exited
}

// kill ends the server as a crash would.
func (s *server) kill() {
	if s.exited == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGKILL)
	<-s.exited
	s.exited = nil
}

func (s *server) dsn(database string) string {
	return "host=" + s.socket + " user=braid dbname=" + database + " sslmode=disable"
}

// database creates an empty one.
func (s *server) database(t testing.TB, name string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.dsn("postgres"))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	return s.dsn(name)
}
