package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/braidotel/braid/testbed/netns"
)

// How long things may take.
const (
	pollEvery    = 25 * time.Millisecond
	defaultReady = 30 * time.Second
	stopPatience = 30 * time.Second
	dumpPatience = 5 * time.Second
)

// Config says what to start.
type Config struct {
	// Binary is the collector, for example build/otelcol-braid.
	Binary string
	// Configs are passed with --config each: files, or anything the binary's providers read, such as yaml:….
	Configs []string
	// Args are further arguments.
	Args []string
	// Env is set on top of this process's environment.
	Env map[string]string
	// HealthURL must answer 200 before the collector counts as ready. Empty does not wait.
	HealthURL string
	// ReadyWithin bounds the wait; 0 means 30 s.
	ReadyWithin time.Duration
	// Stderr also gets what the collector logs, if set.
	Stderr io.Writer
	// Network is where the collector runs and is asked for its health; nil is this process's own.
	Network *netns.Namespace
}

// Process is a running collector. It is safe for concurrent use.
type Process struct {
	cmd    *exec.Cmd
	logs   *tail
	exited chan struct{}
	err    error // of Wait, set when exited is closed
}

// Start starts a collector and returns when it is ready. A collector that does not get ready is stopped, and the error
// holds the end of its log. Cancelling ctx afterwards does not stop it; Stop and Kill do.
func Start(ctx context.Context, cfg Config) (*Process, error) {
	args := slices.Clone(cfg.Args)
	for _, c := range cfg.Configs {
		args = append(args, "--config", c)
	}
	p := &Process{cmd: exec.Command(cfg.Binary, args...), logs: &tail{also: cfg.Stderr}, exited: make(chan struct{})} //nolint:noctx // ended by signals, not by a context
	p.cmd.Env = os.Environ()
	for _, name := range slices.Sorted(maps.Keys(cfg.Env)) {
		p.cmd.Env = append(p.cmd.Env, name+"="+cfg.Env[name])
	}
	p.cmd.Stdout, p.cmd.Stderr = p.logs, p.logs
	p.cmd.WaitDelay = time.Second // a stray grandchild may hold the pipe open
	if err := cfg.Network.Do(p.cmd.Start); err != nil {
		return nil, fmt.Errorf("starting %s: %w", cfg.Binary, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	if err := p.awaitReady(ctx, cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("%s %v: %w\n%s", cfg.Binary, cfg.Configs, err, p.Logs()), p.Kill())
	}
	return p, nil
}

func (p *Process) awaitReady(ctx context.Context, cfg Config) error {
	if cfg.HealthURL == "" {
		return nil
	}
	within := cfg.ReadyWithin
	if within == 0 {
		within = defaultReady
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("not healthy within %v", within))
	defer cancel()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	// It keeps no connections, so that nothing of it outlives a test.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: cfg.Network.DialContext}}
	for !healthy(ctx, client, cfg.HealthURL) {
		select {
		case <-ticker.C:
		case <-p.exited:
			return fmt.Errorf("exited before it was ready: %w", p.exitError())
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func healthy(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// PID returns the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Logs returns the end of what the collector has written, at most the last 256 KiB.
func (p *Process) Logs() string { return p.logs.String() }

// Exited is closed when the process has ended and has been reaped.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Signal sends a signal. Signalling a process that has ended is an error.
func (p *Process) Signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("signalling collector: %w", err)
	}
	return nil
}

// Reload asks the collector to read its configuration again (SIGHUP).
func (p *Process) Reload() error { return p.Signal(syscall.SIGHUP) }

// Wait waits for the process to end by itself and returns how it ended: nil for exit code 0.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.exited:
		return p.exitError()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Stop asks the collector to shut down (SIGTERM) and waits. A collector that does not end before ctx, or within 30 s, is
// killed, which is an error; its log then says what its goroutines were doing. Stopping an ended one returns how it ended.
func (p *Process) Stop(ctx context.Context) error {
	select {
	case <-p.exited:
		return p.exitError()
	default:
	}
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, stopPatience, fmt.Errorf("collector did not stop within %v", stopPatience))
	defer cancel()
	select {
	case <-p.exited:
		return p.exitError()
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), p.abort())
	}
}

// abort lets the process write its goroutines and end (SIGQUIT).
func (p *Process) abort() error {
	if err := p.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.exited:
	case <-time.After(dumpPatience):
		return p.Kill()
	}
	_, err := os.Stderr.WriteString(p.Logs())
	return err
}

// Kill ends the process at once (SIGKILL), as a crash would, and waits until it is gone.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("killing collector: %w", err)
	}
	<-p.exited
	return nil
}

func (p *Process) exitError() error {
	if p.err != nil {
		return fmt.Errorf("collector: %w", p.err)
	}
	return nil
}
