package netns

import (
	"context"
	"net"
	"os"
)

// Namespace is a network of its own, with its own loopback. The nil Namespace is the network of this process. It is safe for
// concurrent use.
type Namespace struct {
	file *os.File
}

// Do calls f on a thread that is in the namespace: processes that f starts and sockets that f opens are there and stay there.
// Goroutines that f starts are not.
func (n *Namespace) Do(f func() error) error {
	if n == nil {
		return f()
	}
	done := make(chan error, 1)
	go func() { done <- n.within(f) }()
	return <-done
}

// DialContext connects from the namespace to an IP address and port. Names are not looked up there.
func (n *Namespace) DialContext(ctx context.Context, network, address string) (conn net.Conn, err error) {
	err = n.Do(func() (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// Listen listens in the namespace, on an IP address and port.
func (n *Namespace) Listen(ctx context.Context, network, address string) (listener net.Listener, err error) {
	err = n.Do(func() (err error) {
		listener, err = new(net.ListenConfig).Listen(ctx, network, address)
		return err
	})
	return listener, err
}

// Close gives the namespace up. It ends when no process is in it.
func (n *Namespace) Close() error {
	if n == nil {
		return nil
	}
	return n.file.Close()
}
