//go:build integration

package realapp

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// startLimit bounds how long a server may take until it answers, stopLimit how long until it has gone.
	startLimit = 30 * time.Second
	stopLimit  = 20 * time.Second
	pollEvery  = 50 * time.Millisecond
)

// process is a server under test. It ends with the test, or earlier by stop.
type process struct {
	name   string
	cmd    *exec.Cmd
	exited chan struct{} // closed once the process has gone
}

// startProcess starts a command whose output is shown if the test fails.
func startProcess(t *testing.T, env []string, path string, args ...string) *process {
	t.Helper()
	p := &process{name: filepath.Base(path), cmd: exec.Command(path, args...), exited: make(chan struct{})}
	output, err := os.Create(filepath.Join(t.TempDir(), p.name+".log"))
	require.NoError(t, err)
	p.cmd.Stdout, p.cmd.Stderr = output, output
	p.cmd.Env = append(os.Environ(), env...)
	require.NoError(t, p.cmd.Start(), "starting %s", path)
	go func() {
		_ = p.cmd.Wait() // how it ended is told by its output
		close(p.exited)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // does nothing after stop
		<-p.exited
		_ = output.Close()
		if t.Failed() {
			text, _ := os.ReadFile(output.Name())
			t.Logf("output of %s:\n%s", p.name, text[max(0, len(text)-4<<10):])
		}
	})
	return p
}

// awaitReady waits until the process answers, and fails at once if it exits instead.
func (p *process) awaitReady(t *testing.T, ready func() bool) {
	t.Helper()
	if !p.await(startLimit, ready) {
		require.FailNow(t, p.name+" did not become ready", "within %s, or exited", startLimit)
	}
}

// await waits until the condition holds. It reports false once the process exits or the limit is over.
func (p *process) await(limit time.Duration, condition func() bool) bool {
	deadline := time.After(limit)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-p.exited:
			return false
		case <-deadline:
			return false
		}
	}
	return true
}

// stop ends the process as an operator would, so that it sends out what it still holds.
func (p *process) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM), "stopping %s", p.name)
	select {
	case <-p.exited:
	case <-time.After(stopLimit):
		require.FailNow(t, p.name+" did not stop", "within %s", stopLimit)
	}
}

// run runs a command to its end and returns what it wrote to standard output.
func run(t *testing.T, limit time.Duration, path string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stderr = t.Output()
	// A polite end lets playwright take its browser along.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopLimit
	out, err := cmd.Output()
	require.NoError(t, err, "%v", cmd.Args)
	return out
}

// listening reports whether something accepts connections on address.
func listening(address string) func() bool {
	return func() bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	}
}
