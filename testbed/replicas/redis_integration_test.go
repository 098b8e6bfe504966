//go:build integration

package replicas

import (
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/braidotel/braid/extension/redisstorageextension"
	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/sessionstore"
)

// host remembers whether a component said that it must end.
type host struct {
	component.Host
	fatal atomic.Bool
}

// Report implements componentstatus.Reporter.
func (h *host) Report(e *componentstatus.Event) {
	if e.Status() == componentstatus.StatusFatalError {
		h.fatal.Store(true)
	}
}

// open starts the extension in this process, until the test ends, and returns its storage once it has the shard.
func open(t *testing.T, settings map[string]any) (storage.Client, *host) {
	t.Helper()
	factory := redisstorageextension.NewFactory()
	cfg := factory.CreateDefaultConfig()
	require.NoError(t, confmap.NewFromStringMap(settings).Unmarshal(cfg))
	ext, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	h := &host{Host: componenttest.NewNopHost()}
	require.NoError(t, ext.Start(t.Context(), h))
	t.Cleanup(func() { _ = ext.Shutdown(context.WithoutCancel(t.Context())) })
	client, err := ext.(storage.Extension).GetClient(t.Context(), component.KindProcessor, component.MustNewID("test"), "")
	require.NoError(t, err)
	return client, h
}

func clusterSettings(s *store) map[string]any {
	var addresses []any
	for address := range s.cluster.Servers {
		addresses = append(addresses, address)
	}
	return map[string]any{"mode": "cluster", "addresses": addresses}
}

// writing writes numbered keys, one after the other, until the test says stop.
type writing struct {
	stop    context.CancelFunc
	done    chan struct{}
	stored  atomic.Int64 // acknowledged: all below
	longest time.Duration
}

func write(t *testing.T, client storage.Client) *writing {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w := &writing{stop: stop, done: make(chan struct{})}
	t.Cleanup(w.end)
	go func() {
		defer close(w.done)
		for ctx.Err() == nil {
			n := w.stored.Load()
			began := time.Now()
			if client.Set(ctx, strconv.FormatInt(n, 10), []byte(strconv.FormatInt(n, 10))) == nil {
				w.stored.Add(1)
				w.longest = max(w.longest, time.Since(began))
			}
		}
	}()
	return w
}

func (w *writing) end() {
	w.stop()
	<-w.done
}

// goOn waits until a hundred more writes are acknowledged.
func (w *writing) goOn(t *testing.T) {
	t.Helper()
	target := w.stored.Load() + 100
	require.NoError(t, until(t.Context(), func() bool { return w.stored.Load() >= target }))
}

func (w *writing) assertAllThere(t *testing.T, client storage.Client) {
	t.Helper()
	lost := 0
	for n := range w.stored.Load() {
		value, err := client.Get(t.Context(), strconv.FormatInt(n, 10))
		require.NoError(t, err)
		if string(value) != strconv.FormatInt(n, 10) {
			lost++
		}
	}
	assert.Zero(t, lost, "acknowledged writes that were lost")
	t.Logf("%d writes acknowledged, the longest took %v", w.stored.Load(), w.longest.Round(time.Millisecond))
}

func TestCluster_MasterKilledUnderLoad_NothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	s, err := newStore(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(s.close)
	client, h := open(t, clusterSettings(s))
	w := write(t, client)
	w.goOn(t)
	took, err := s.failOver(t.Context(), leaseOf(0))
	require.NoError(t, err)
	t.Logf("failed over in %v", took.Round(time.Millisecond))
	w.goOn(t)
	w.end()
	w.assertAllThere(t, client)
	assert.False(t, h.fatal.Load(), "the shard stays its owner's")
}

var processID = regexp.MustCompile(`process_id:(\d+)`)

// signal signals a server that this test has started.
func signal(t *testing.T, s *sessionstore.Server, sig syscall.Signal) (pid int) {
	t.Helper()
	found := processID.FindStringSubmatch(s.Client.Info(t.Context(), "server").Val())
	require.Len(t, found, 2)
	pid, err := strconv.Atoi(found[1])
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, sig))
	return pid
}

// A master that is about to die takes writes that its replica never sees: none of them may be acknowledged.
func TestCluster_ReplicaAwayMasterDies_NoWriteWasAcknowledged(t *testing.T) {
	t.Parallel()
	s, err := newStore(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(s.close)
	settings := clusterSettings(s)
	settings["timeout"], settings["wait_timeout"] = "300ms", "50ms"
	client, _ := open(t, settings)
	require.NoError(t, client.Set(t.Context(), "before", []byte("kept")))
	master, err := s.cluster.Client.MasterForKey(t.Context(), leaseOf(0))
	require.NoError(t, err)
	dying := master.Options().Addr
	replica := s.replicaOf(t, dying)
	pid := signal(t, replica, syscall.SIGSTOP)
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) })

	const writes = 100
	acknowledged := setAll(t, client, writes)
	assert.Zero(t, acknowledged, "writes that one server has, and told of as durable")
	s.cluster.Servers[dying].Kill()
	require.NoError(t, syscall.Kill(pid, syscall.SIGCONT))
	require.NoError(t, until(t.Context(), func() bool {
		s.cluster.Client.ReloadState(t.Context())
		now, err := s.cluster.Client.MasterForKey(t.Context(), leaseOf(0))
		return err == nil && now.Options().Addr == replica.Address
	}))
	s.cluster.Servers[dying], err = sessionstore.StartServer(t.Context(), s.dir, dying, serverOptions...)
	require.NoError(t, err)

	// What was refused is sent again, and then it is there.
	require.NoError(t, until(t.Context(), func() bool { return setAll(t, client, writes) == writes }))
	value, err := client.Get(t.Context(), "before")
	require.NoError(t, err)
	assert.Equal(t, "kept", string(value))
}

// setAll sets keys at once and returns how many were acknowledged.
func setAll(t *testing.T, client storage.Client, n int) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stored atomic.Int64
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			if client.Set(ctx, fmt.Sprint("key ", i), []byte("value")) == nil {
				stored.Add(1)
			}
		})
	}
	group.Wait()
	return int(stored.Load())
}

func (s *store) replicaOf(t *testing.T, master string) *sessionstore.Server {
	t.Helper()
	_, port, err := net.SplitHostPort(master)
	require.NoError(t, err)
	for _, server := range s.cluster.Servers {
		if regexp.MustCompile(`master_port:` + port + `\r`).MatchString(server.Client.Info(t.Context(), "replication").Val()) {
			return server
		}
	}
	require.Fail(t, "nobody follows the master")
	return nil
}

// Two owners are alive, one of them cut off from Redis until its lease has run out.
func TestCutOff_OwnerComesBack_RefusedByItsToken(t *testing.T) {
	t.Parallel()
	addresses, err := collector.FreeAddresses(1)
	require.NoError(t, err)
	server, err := sessionstore.StartServer(t.Context(), t.TempDir(), addresses[0])
	require.NoError(t, err)
	t.Cleanup(server.Kill)
	link := newLink(t, server.Address)
	settings := map[string]any{"addresses": []any{link.address}, "replicas_acknowledged": 0, "lease": "500ms", "timeout": "100ms"}
	stale, h := open(t, settings)
	require.NoError(t, stale.Set(t.Context(), "owner", []byte("first")))

	link.setCut(true)
	next, _ := open(t, map[string]any{"addresses": []any{server.Address}, "replicas_acknowledged": 0, "lease": "500ms"})
	require.NoError(t, next.Set(t.Context(), "owner", []byte("second")))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.Error(t, stale.Set(ctx, "owner", []byte("first again")), "cut off")

	link.setCut(false)
	require.Error(t, stale.Set(ctx, "owner", []byte("first again")))
	require.NoError(t, until(t.Context(), h.fatal.Load), "the stale owner must end")
	require.Error(t, stale.Set(ctx, "owner", []byte("first again")))
	value, err := next.Get(t.Context(), "owner")
	require.NoError(t, err)
	assert.Equal(t, "second", string(value))
	assert.Equal(t, "2", server.Client.HGet(t.Context(), leaseOf(0), "epoch").Val())
}

// link passes connections on to a server until it is cut: then what is open closes, and what is new gets no answer.
type link struct {
	address string

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func newLink(t *testing.T, to string) *link {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &link{address: listener.Addr().String()}
	var passing sync.WaitGroup
	passing.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			onward, err := new(net.Dialer).DialContext(context.Background(), "tcp", to)
			if err != nil || !l.add(from, onward) {
				_ = from.Close()
				continue
			}
			for _, pair := range [][2]net.Conn{{from, onward}, {onward, from}} {
				passing.Go(func() {
					_, _ = io.Copy(pair[0], pair[1])
					_ = pair[0].Close()
				})
			}
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		l.setCut(true)
		passing.Wait()
	})
	return l
}

func (l *link) add(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		for _, c := range conns {
			_ = c.Close()
		}
		return false
	}
	l.conns = append(l.conns, conns...)
	return true
}

func (l *link) setCut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if cut {
		for _, c := range l.conns {
			_ = c.Close()
		}
		l.conns = nil
	}
}
