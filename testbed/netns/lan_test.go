package netns

import (
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func lan(t *testing.T) *LAN {
	t.Helper()
	l, err := NewLAN()
	if err != nil {
		t.Skipf("no network namespaces here: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, l.Close()) })
	return l
}

func join(t *testing.T, l *LAN) *Host {
	t.Helper()
	h, err := l.Join()
	require.NoError(t, err)
	return h
}

// echo answers each line with itself, on one connection.
func echo(t *testing.T, h *Host) string {
	t.Helper()
	listener, err := h.Listen(t.Context(), "tcp", h.Address+":0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = io.Copy(conn, conn)
		_ = conn.Close()
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return listener.Addr().String()
}

// What is sent while the cable is out is not refused: it arrives when the cable is in again.
func TestHost_CableOutAndIn_SilentThenArrives(t *testing.T) {
	t.Parallel()
	l := lan(t)
	host, other := join(t, l), join(t, l)
	address := echo(t, l.Hub())
	conn, err := host.DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	say := func() error {
		_, err := conn.Write([]byte("x"))
		return err
	}
	heard := func(within time.Duration) error {
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(within)))
		_, err := conn.Read(make([]byte, 1))
		return err
	}
	require.NoError(t, say())
	require.NoError(t, heard(time.Minute))

	require.NoError(t, host.Cut(true))
	require.NoError(t, say(), "nothing says that the cable is out")
	require.ErrorIs(t, heard(200*time.Millisecond), os.ErrDeadlineExceeded)
	unharmed, err := other.DialContext(t.Context(), "tcp", echo(t, l.Hub()))
	require.NoError(t, err, "the others' cables are in")
	require.NoError(t, unharmed.Close())

	require.NoError(t, host.Cut(false))
	assert.NoError(t, heard(time.Minute))
}

// Each host has a loopback of its own, and processes are started where they should be.
func TestNamespace_LoopbackAndProcesses_OfItsOwn(t *testing.T) {
	t.Parallel()
	l := lan(t)
	one, two := join(t, l), join(t, l)
	address := echo(t, &Host{Namespace: one.Namespace, Address: loopback})
	_, err := two.DialContext(t.Context(), "tcp", address)
	require.Error(t, err)
	_, err = new(net.Dialer).DialContext(t.Context(), "tcp", address)
	require.Error(t, err, "the thread of the test was brought back")
	conn, err := one.DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	var out []byte
	require.NoError(t, two.Do(func() (err error) {
		out, err = exec.CommandContext(t.Context(), "ip", "-brief", "address").Output()
		return err
	}))
	assert.Contains(t, string(out), two.Address)
	assert.Equal(t, 2, strings.Count(strings.TrimSpace(string(out)), "\n")+1, "loopback and the cable: %s", out)
}

func TestLAN_Nil_IsLoopback(t *testing.T) {
	t.Parallel()
	var l *LAN
	host := join(t, l)
	conn, err := host.DialContext(t.Context(), "tcp", echo(t, l.Hub()))
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.ErrorIs(t, host.Cut(true), errNoCable)
	require.NoError(t, host.Close())
	assert.NoError(t, l.Close())
}
