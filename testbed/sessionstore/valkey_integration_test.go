//go:build integration

package sessionstore

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// valkey is the command of a Valkey server: the machine's own or, where its Debian has none yet, that of the first Debian
// that does, with its libraries.
func valkey(t *testing.T) []string {
	t.Helper()
	if path, err := exec.LookPath("valkey-server"); err == nil {
		return []string{path}
	}
	if _, err := exec.LookPath("mmdebstrap"); err != nil || os.Geteuid() != 0 {
		t.Skip("there is no Valkey: apt-get install valkey-server, from Debian 13 on, or let root run this with mmdebstrap")
	}
	root := filepath.Join(t.TempDir(), "root")
	out, err := exec.CommandContext(t.Context(), "mmdebstrap", "--mode=root", "--variant=extract", "--include=valkey-server",
		"trixie", root).CombinedOutput()
	if err != nil {
		t.Skipf("no Valkey can be had here: %v\n%s", err, out)
	}
	loaders, err := filepath.Glob(filepath.Join(root, "usr", "lib", "*", "ld-linux*"))
	require.NoError(t, err)
	require.Len(t, loaders, 1)
	return []string{loaders[0], "--library-path", filepath.Dir(loaders[0]), filepath.Join(root, "usr", "bin", "valkey-server")}
}

func TestValkey_ExpressSessions_AreFollowed(t *testing.T) {
	t.Parallel()
	server := startProgram(t, valkey(t), "--notify-keyspace-events", "KA")
	about, err := server.Client.Info(t.Context(), "server").Result()
	require.NoError(t, err)
	_, rest, isValkey := strings.Cut(about, "valkey_version:")
	require.True(t, isValkey, about)
	version, _, _ := strings.Cut(rest, "\r\n")
	t.Log("Valkey", version)
	followExpress(t, server)
}
