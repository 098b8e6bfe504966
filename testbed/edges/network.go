package edges

import (
	"context"
	"io"
	"net"
	"sync"
)

// cable is a TCP proxy that can be cut. While it is, connections are refused as fast as they come.
type cable struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]struct{}
	done  sync.WaitGroup
}

func lay(ctx context.Context, target string) (*cable, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &cable{listener: listener, target: target, conns: map[net.Conn]struct{}{}}
	c.done.Go(func() { c.accept(ctx) })
	return c, nil
}

func (c *cable) address() string { return c.listener.Addr().String() }

func (c *cable) accept(ctx context.Context) {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		far, err := new(net.Dialer).DialContext(ctx, "tcp", c.target)
		if err != nil || !c.join(near, far) {
			_ = near.Close()
			if far != nil {
				_ = far.Close()
			}
		}
	}
}

// join connects both ends unless the cable is cut.
func (c *cable) join(near, far net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return false
	}
	c.conns[near], c.conns[far] = struct{}{}, struct{}{}
	for _, ends := range [][2]net.Conn{{near, far}, {far, near}} {
		c.done.Go(func() {
			_, _ = io.Copy(ends[0], ends[1])
			c.drop(ends[0], ends[1])
		})
	}
	return true
}

func (c *cable) drop(conns ...net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
		delete(c.conns, conn)
	}
}

// set cuts the cable, or mends it.
func (c *cable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	if !cut {
		return
	}
	for conn := range c.conns {
		_ = conn.Close()
	}
}

func (c *cable) close() {
	_ = c.listener.Close()
	c.set(true)
	c.done.Wait()
}
