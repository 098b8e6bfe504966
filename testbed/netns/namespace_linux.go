package netns

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// ofThread is the namespace of the calling thread.
const ofThread = "/proc/thread-self/ns/net"

// New returns a new namespace. It takes the right to administrate the system.
func New() (*Namespace, error) {
	n := &Namespace{}
	made := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			n.file, err = os.Open(ofThread)
		}
		made <- err
	}()
	if err := <-made; err != nil {
		return nil, fmt.Errorf("making a network namespace: %w", err)
	}
	if err := n.ip("link", "set", "dev", "lo", "up"); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// within calls f in the namespace. It belongs into a goroutine of its own, whose thread ends when it cannot be brought back.
func (n *Namespace) within(f func() error) (err error) {
	runtime.LockOSThread()
	own, err := os.Open(ofThread)
	if err != nil {
		return fmt.Errorf("finding the own network namespace: %w", err)
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	if err := enter(n.file); err != nil {
		return err
	}
	result := f()
	if err := enter(own); err != nil {
		return errors.Join(result, err)
	}
	runtime.UnlockOSThread()
	return result
}

func enter(namespace *os.File) error {
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("entering a network namespace: %w", err)
	}
	return nil
}
