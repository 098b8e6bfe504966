package peer

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Mode is how a proxy treats whoever connects.
type Mode int32

// The modes of a proxy.
const (
	// Pass forwards as it comes.
	Pass Mode = iota
	// Slow forwards every piece late, in both directions.
	Slow
	// Down closes every connection at once.
	Down
	// Wrong answers with bytes that belong to no protocol, and closes.
	Wrong
)

// nonsense is what a wrong peer says.
const nonsense = "\x00\xff\x17*9999999\r\n{\"no\": protocol}\r\n\xde\xad\xbe\xef this is not what you have asked for\r\n"

// Proxy forwards TCP to one address, and can be told to do so badly. It is safe for concurrent use.
type Proxy struct {
	listener net.Listener
	to       string
	delay    time.Duration
	mode     atomic.Int32
	serving  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// NewProxy listens on loopback until Close. Delay is what each piece waits in the mode Slow.
func NewProxy(ctx context.Context, to string, delay time.Duration) (*Proxy, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, to: to, delay: delay, conns: map[net.Conn]bool{}}
	p.serving.Go(p.accept)
	return p, nil
}

// Address is the host:port to connect to.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Set changes the mode. Connections that are open are cut, but for Slow, which slows them down.
func (p *Proxy) Set(m Mode) {
	p.mode.Store(int32(m))
	if m == Down || m == Wrong {
		p.cut()
	}
}

// Close stops listening, cuts every connection and waits until all is over.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.cut()
	p.serving.Wait()
	return err
}

func (p *Proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		_ = conn.Close()
	}
}

// keep remembers a connection so that it can be cut, and returns what forgets and closes it.
func (p *Proxy) keep(conn net.Conn) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[conn] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, conn)
		_ = conn.Close()
	}
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(time.Millisecond) // out of descriptors, for a moment
			continue
		}
		p.serving.Go(func() { p.serve(conn) })
	}
}

func (p *Proxy) serve(conn net.Conn) {
	defer p.keep(conn)()
	switch Mode(p.mode.Load()) {
	case Down:
		return
	case Wrong:
		_, _ = io.WriteString(conn, nonsense)
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		_, _ = io.Copy(io.Discard, io.LimitReader(conn, 1<<16)) // so that what was said arrives before the end
		return
	case Pass, Slow:
	}
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", p.to)
	if err != nil {
		return
	}
	defer p.keep(server)()
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{conn, server}, {server, conn}} {
		p.serving.Go(func() {
			p.forward(way[1], way[0])
			done <- struct{}{}
		})
	}
	<-done
}

func (p *Proxy) forward(to, from net.Conn) {
	piece := make([]byte, 32<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			if Mode(p.mode.Load()) == Slow {
				time.Sleep(p.delay)
			}
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
