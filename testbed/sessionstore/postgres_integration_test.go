//go:build integration

package sessionstore

import (
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// startPostgres starts a PostgreSQL of Debian's package, reached by a Unix socket only, that ends with the test, and
// returns how to connect to it.
func startPostgres(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	require.NoError(t, err)
	require.NotEmpty(t, found, "install it with: apt-get install postgresql")
	bin := filepath.Dir(found[len(found)-1])
	base, err := os.MkdirTemp("", "braid-pg") //nolint:usetesting // a socket's path is at most 107 bytes
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	as := &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // which the server refuses to run as
		postgres, err := user.Lookup("postgres")
		require.NoError(t, err)
		uid, _ := strconv.Atoi(postgres.Uid)
		gid, _ := strconv.Atoi(postgres.Gid)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		require.NoError(t, os.Chown(base, uid, gid))
	}
	data := filepath.Join(base, "data")
	initdb := exec.CommandContext(t.Context(), filepath.Join(bin, "initdb"), "-D", data, "-U", "braid", "--auth=trust", "-E", "UTF8",
		"--no-locale", "--no-instructions", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, base
	out, err := initdb.CombinedOutput()
	require.NoError(t, err, string(out))
	server := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(bin, "postgres"), "-D", data, "-k", base, "-c", "listen_addresses=")
	server.SysProcAttr, server.Dir = as, base
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT)
		_ = server.Wait() // how it ended does not matter
	})
	dsn := "host=" + base + " user=braid dbname=postgres sslmode=disable"
	eventually(t, "PostgreSQL answers", func() bool {
		conn, err := pgx.Connect(t.Context(), dsn)
		return err == nil && conn.Close(t.Context()) == nil
	})
	return dsn
}
