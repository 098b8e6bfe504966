//go:build integration

package sessionstore

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/needs"
)

// startMariaDB starts a MariaDB of Debian's package, reached by a Unix socket only and without accounts, that ends with the
// test, and returns how to connect to it.
func startMariaDB(t *testing.T) string {
	t.Helper()
	binary := needs.Program(t, "mariadbd", "mariadb-server-core")
	base, err := os.MkdirTemp("", "braid-my") //nolint:usetesting // a socket's path is at most 107 bytes
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	data, socket := filepath.Join(base, "data"), filepath.Join(base, "socket")
	require.NoError(t, os.Mkdir(data, 0o700))
	create := filepath.Join(base, "create.sql")
	require.NoError(t, os.WriteFile(create, []byte("CREATE DATABASE bank;\n"), 0o600))
	server := exec.CommandContext(context.WithoutCancel(t.Context()), binary, "--no-defaults", "--datadir="+data,
		"--user=root", "--socket="+socket, "--skip-networking", "--skip-grant-tables", "--init-file="+create)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGKILL)
		_ = server.Wait() // how it ended does not matter
	})
	dsn := "root@unix(" + socket + ")/bank"
	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	eventually(t, "MariaDB answers", func() bool { return db.PingContext(t.Context()) == nil })
	return dsn
}
