//go:build integration

package packaging

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The package's whole life in a clean Debian: installed, run, upgraded over changed configuration, removed, purged.
func TestDeb_CleanRoot_InstallsRunsUpgradesAndLeaves(t *testing.T) {
	deb := pack(t, "braid_*_%s.deb")
	root := cleanRoot(t)
	in := func(path string) string { return filepath.Join(root, path) }

	run(t, "dpkg", "--root="+root, "--install", deb)
	for path, mode := range map[string]os.FileMode{
		"usr/bin/otelcol-braid": 0o755, "usr/bin/braidctl": 0o755, "usr/lib/systemd/system/braid.service": 0o644,
		"etc/braid": 0o755, "etc/braid/braid.env": 0o600, "etc/braid/standalone.yaml": 0o644, "usr/share/doc/braid/copyright": 0o644,
		"usr/share/doc/braid/sbom.cdx.json": 0o644,
	} {
		info, err := os.Stat(in(path))
		require.NoError(t, err)
		assert.Equal(t, mode, info.Mode().Perm(), path)
		assert.Zero(t, info.Sys().(*syscall.Stat_t).Uid, path)
		assert.Zero(t, info.Sys().(*syscall.Stat_t).Gid, path)
	}
	assert.NoFileExists(t, in("etc/systemd/system/multi-user.target.wants/braid.service"), "nothing starts before it is decided with what")
	assert.Contains(t, run(t, "dpkg-query", "--admindir="+in("var/lib/dpkg"), "-W", "-f", "${Conffiles}", "braid"), "/etc/braid/braid.env")

	require.NoError(t, os.MkdirAll(in("var/lib/braid"), 0o700))
	require.NoError(t, os.Chown(in("var/lib/braid"), 10001, 10001))
	cmd := inside(t, root, "10001:10001", "/var/lib/braid", "/usr/bin/otelcol-braid", "--config", "/etc/braid/standalone.yaml")
	serve(t, cmd, map[string]string{"BRAID_DATA_DIR": "/var/lib/braid"})
	assert.DirExists(t, in("var/lib/braid/storage"))

	mine := []byte("# mine\n")
	require.NoError(t, os.WriteFile(in("etc/braid/standalone.yaml"), mine, 0o600))
	require.NoError(t, os.WriteFile(in("etc/braid/braid.env"), mine, 0o600))
	run(t, "dpkg", "--root="+root, "--force-confold", "--install", newer(t, deb))
	assertContent(t, mine, in("etc/braid/standalone.yaml"))
	assertContent(t, mine, in("etc/braid/braid.env"))
	assertContent(t, []byte("# theirs\n"), in("etc/braid/standalone.yaml.dpkg-dist"))
	assertContent(t, []byte("# theirs\n"), in("etc/braid/agent.yaml"))

	run(t, "dpkg", "--root="+root, "--remove", "braid")
	assert.NoFileExists(t, in("usr/bin/otelcol-braid"))
	assertContent(t, mine, in("etc/braid/braid.env"))
	assert.DirExists(t, in("var/lib/braid/storage"))
	run(t, "dpkg", "--root="+root, "--purge", "braid")
	assert.NoDirExists(t, in("etc/braid"))
	assert.NoDirExists(t, in("var/lib/braid"))
}

// newer makes of the package its next version, which ships other configurations and, to be quick, no binaries.
func newer(t *testing.T, deb string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "next")
	run(t, "dpkg-deb", "--raw-extract", deb, folder)
	control, err := os.ReadFile(filepath.Join(folder, "DEBIAN", "control"))
	require.NoError(t, err)
	control = []byte(strings.Replace(string(control), "\nVersion: ", "\nVersion: 9", 1))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "DEBIAN", "control"), control, 0o600))
	for _, file := range []string{"etc/braid/standalone.yaml", "etc/braid/agent.yaml"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, file), []byte("# theirs\n"), 0o600))
	}
	for _, file := range []string{"usr/bin/otelcol-braid", "usr/bin/braidctl"} {
		require.NoError(t, os.Truncate(filepath.Join(folder, file), 0))
	}
	next := filepath.Join(t.TempDir(), "next.deb")
	run(t, "dpkg-deb", "-Znone", "--build", folder, next)
	return next
}

func assertContent(t *testing.T, want []byte, file string) {
	t.Helper()
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), file)
}
