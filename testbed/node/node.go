// Package node helps integration tests to run programs of other people: those that npm installs, and servers that they
// talk to.
package node

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	installLimit = 5 * time.Minute
	stopLimit    = 20 * time.Second
)

// Install runs npm ci in a folder, unless what is installed is younger than the lock file.
func Install(t *testing.T, folder string) {
	t.Helper()
	locked, err := os.Stat(filepath.Join(folder, "package-lock.json"))
	require.NoError(t, err)
	installed, err := os.Stat(filepath.Join(folder, "node_modules", ".package-lock.json"))
	if err == nil && installed.ModTime().After(locked.ModTime()) {
		return
	}
	Run(t, folder, installLimit, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
}

// Run runs a command in a folder to its end, which must come within limit and be a success, and returns what it wrote to
// standard output.
func Run(t *testing.T, folder string, limit time.Duration, path string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = folder
	cmd.Stderr = t.Output()
	// A polite end lets a browser's driver take its browser along.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopLimit
	out, err := cmd.Output()
	require.NoError(t, err, "%v", cmd.Args)
	return out
}

// Serve starts a server that takes -listen, which ends politely with the test, and returns the first line it writes: where it listens.
func Serve(t *testing.T, binary string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, append([]string{"-listen", "127.0.0.1:0"}, args...)...)
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // how it ended does not matter
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}
