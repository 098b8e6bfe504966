package peer

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// echo answers with what it is told, once a connection.
func echo(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			word := make([]byte, 4)
			if _, err := io.ReadFull(conn, word); err == nil {
				_, _ = conn.Write(word)
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		<-done
	})
	return l.Addr().String()
}

// say sends a word to the proxy and returns what comes back until the end.
func say(t *testing.T, p *Proxy) string {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.Address())
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, _ = conn.Write([]byte("ping"))
	got, _ := io.ReadAll(conn)
	return string(got)
}

func TestProxy_EachMode_DoesItsWorst(t *testing.T) {
	t.Parallel()
	const delay = 50 * time.Millisecond
	p, err := NewProxy(t.Context(), echo(t), delay)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	assert.Equal(t, "ping", say(t, p))
	p.Set(Down)
	assert.Empty(t, say(t, p))
	p.Set(Wrong)
	assert.Equal(t, nonsense, say(t, p))
	p.Set(Slow)
	began := time.Now()
	assert.Equal(t, "ping", say(t, p))
	assert.GreaterOrEqual(t, time.Since(began), 2*delay)
	p.Set(Pass)
	assert.Equal(t, "ping", say(t, p))
}
