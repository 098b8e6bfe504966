//go:build integration

// Package packaging checks the packages that `make package` made, where they are to be: in a clean system.
package packaging

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/needs"
	"github.com/braidotel/braid/testbed/collector"
)

const made = "../../build/packages"

// pack returns the one package that the pattern finds.
func pack(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(made, fmt.Sprintf(pattern, runtime.GOARCH)))
	require.NoError(t, err)
	if len(found) == 0 {
		needs.Missing(t, "there is no %s in %s: run `make package`", pattern, made)
	}
	require.Len(t, found, 1)
	path, err := filepath.Abs(found[0])
	require.NoError(t, err)
	return path
}

// onlyRoot skips the test for anybody else.
func onlyRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make a system inside a directory")
	}
}

// run returns what the command prints.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	require.NoError(t, err, "%s %v:\n%s", name, args, out)
	return string(out)
}

// cleanRoot is a Debian of nothing but what dpkg and shell scripts need: a copy of BRAID_CLEAN_ROOT, or a new one.
func cleanRoot(t *testing.T) string {
	t.Helper()
	onlyRoot(t)
	needs.Program(t, "dpkg", "dpkg")
	root := filepath.Join(t.TempDir(), "root")
	if given := os.Getenv("BRAID_CLEAN_ROOT"); given != "" {
		run(t, "cp", "-a", given, root)
		return root
	}
	needs.Program(t, "mmdebstrap", "mmdebstrap")
	out, err := exec.CommandContext(t.Context(), "mmdebstrap", "--mode=root", "--variant=custom", "--dpkgopt=force-unsafe-io",
		"--include=dpkg,dash,coreutils,base-files,base-passwd,libc-bin,sed,grep,diffutils,debianutils,tar", "bookworm", root).CombinedOutput()
	if err != nil {
		t.Skipf("no clean root can be had here: %v\n%s", err, out)
	}
	return root
}

// inside is a command in the root file system, of which it may write to one folder: in a mount namespace of its own, with
// /proc, as the user alone.
func inside(t *testing.T, root, user, data string, command ...string) *exec.Cmd {
	t.Helper()
	onlyRoot(t)
	if out, err := exec.CommandContext(t.Context(), "unshare", "--mount", "true").CombinedOutput(); err != nil {
		t.Skipf("no mount namespace can be had here: %v\n%s", err, out)
	}
	require.NoError(t, os.MkdirAll(filepath.Join(root, "proc"), 0o755)) // as container engines do
	// $0 is the root, $1 the user, $2 the folder.
	script := `mount --bind "$0" "$0" && mount --rbind /proc "$0/proc" && mount --bind "$0$2" "$0$2" &&
mount -o remount,bind,ro "$0" || exit 9
user=$1
shift 2
exec chroot --userspec="$user" "$0" "$@"`
	args := append([]string{"--mount", "sh", "-c", script, root, user, data}, command...)
	return exec.CommandContext(t.Context(), "unshare", args...)
}

// serve runs the command, which is a collector with the ports of the environment, until it is healthy; then it stops it
// and requires that it ends by itself without an error.
func serve(t *testing.T, cmd *exec.Cmd, env map[string]string) {
	t.Helper()
	ports, err := collector.FreeEndpoints()
	require.NoError(t, err)
	for name, value := range ports.Env() {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !healthy(ctx, ports.HealthURL()) {
		select {
		case err := <-ended:
			t.Fatalf("ended before it was healthy: %v\n%s", err, log.String())
		case <-ctx.Done():
			_ = cmd.Process.Kill()
			t.Fatalf("not healthy within a minute: %v\n%s", <-ended, log.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	require.Equal(t, "10001", owner(t, cmd.Process.Pid))
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, <-ended, "%s", log.String())
}

func healthy(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// owner is the user that the process runs as.
func owner(t *testing.T, pid int) string {
	t.Helper()
	info, err := os.Stat("/proc/" + strconv.Itoa(pid))
	require.NoError(t, err)
	return strconv.Itoa(int(info.Sys().(*syscall.Stat_t).Uid))
}
