package kafka

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"
	"sync"
)

var errShut = errors.New("the way to the broker is cut")

// gate stands before the brokers' listeners. It knows clients by the id in their requests' headers and shuts some out.
type gate struct {
	mu    sync.Mutex
	shut  map[string]bool
	conns map[*guarded]string
}

func newGate() *gate { return &gate{shut: map[string]bool{}, conns: map[*guarded]string{}} }

// set shuts a client out and ends its connections, or lets it in again.
func (g *gate) set(client string, shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut[client] = shut
	for c, id := range g.conns {
		if shut && id == client {
			_ = c.Conn.Close()
		}
	}
}

func (g *gate) enter(c *guarded, client string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut[client] {
		return false
	}
	g.conns[c] = client
	return true
}

func (g *gate) leave(c *guarded) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
}

type doorway struct {
	net.Listener
	gate *gate
}

// Accept returns the next connection, which is let in when its first request says whose it is.
func (d *doorway) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &guarded{Conn: conn, read: bufio.NewReader(conn), gate: d.gate}, nil
}

// guarded is a connection whose first request is looked into.
type guarded struct {
	net.Conn
	read  *bufio.Reader
	gate  *gate
	known bool // of the goroutine that reads
}

// Read reads requests; the first one's client may be shut out.
func (c *guarded) Read(p []byte) (int, error) {
	if !c.known {
		client, err := clientOf(c.read)
		if err != nil {
			return 0, err
		}
		if !c.gate.enter(c, client) {
			_ = c.Conn.Close()
			return 0, errShut
		}
		c.known = true
	}
	return c.read.Read(p)
}

// Close ends the connection.
func (c *guarded) Close() error {
	c.gate.leave(c)
	return c.Conn.Close()
}

// clientOf looks ahead into a request: its size, key and version, the correlation, and the client id as a nullable string.
func clientOf(r *bufio.Reader) (string, error) {
	const before = 4 + 2 + 2 + 4
	head, err := r.Peek(before + 2)
	if err != nil {
		return "", err
	}
	n := int(int16(binary.BigEndian.Uint16(head[before:])))
	if n <= 0 {
		return "", nil
	}
	if head, err = r.Peek(before + 2 + n); err != nil {
		return "", err
	}
	return string(head[before+2:]), nil
}
