//go:build integration

package resilience

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/braidotel/braid/internal/otlpsend"
)

// The disk is small, and what the input writes to it less than half of it: the test fills and frees the rest.
const (
	diskSize    = "2m"
	diskRounds  = 60
	recoverySet = 30 * time.Second // by when everything must go again without a person
)

// diskOverlay leaves the disk to the processors' own state: a span is acknowledged when the backend has it, or the journal.
const diskOverlay = `
exporters: {otlp_grpc: {sending_queue: {enabled: false, storage: }}}
`

func TestFullDisk_UnderLoad_RefusesAndRecovers(t *testing.T) {
	testFullDisk(t, func(*braid) {})
}

func TestFullDisk_KilledWhileFull_RefusesAndRecovers(t *testing.T) {
	testFullDisk(t, func(b *braid) {
		b.kill()
		b.start()
	})
}

// testFullDisk fills the disk in the middle of the input, does what meanwhile says, frees the disk, and requires that
// every span was refused or has arrived.
func testFullDisk(t *testing.T, meanwhile func(*braid)) {
	disk := mountDisk(t)
	in := newInput(t, diskRounds)
	to := newSink(t)
	b := newBraid(t, to, disk, replayOverlay, diskOverlay)
	b.start()
	client, err := otlpsend.Dial(b.at.OTLPGRPC, otlpsend.Options{Patience: patience})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })

	sent := &progress{total: int64(senders * len(in.requests[0])), done: make(chan struct{})}
	var sending errgroup.Group
	sending.Go(func() error {
		defer close(sent.done)
		return in.send(t, client, sent)
	})
	sent.await(t, 0.5)
	ballast := fill(t, disk)
	require.Eventually(t, func() bool {
		stats := client.Stats()
		return stats.Retries >= senders
	}, drainLimit, pollEvery, "a full disk must turn senders away")
	meanwhile(b)
	acknowledged := sent.acknowledged.Load()
	require.Less(t, acknowledged, sent.total, "nothing was left to refuse")

	require.NoError(t, os.Remove(ballast))
	freed := time.Now()
	require.Eventually(t, func() bool { return sent.acknowledged.Load() > acknowledged }, recoverySet, pollEvery,
		"it must go on by itself")
	t.Logf("went on %v after space was freed", time.Since(freed).Round(time.Millisecond))
	require.NoError(t, sending.Wait())
	b.settle(client, to, in)
	stats := client.Stats()
	assert.Zero(t, stats.Total().Refused+stats.Total().Failed, "refusals must be such that senders may try again: %v", &stats)
	o := to.outcome()
	assert.Equal(t, in.visits, o.count("session.start")-closings)
	assert.Equal(t, in.visits, o.count("session.end")-closings+1)
}

// mountDisk mounts a tmpfs of its own until the test ends.
func mountDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("braid", dir, "tmpfs", 0, "size="+diskSize); err != nil {
		t.Skipf("mounting a small disk needs root: %v", err)
	}
	// Registered before the collector's, so it runs after that has gone.
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	return dir
}

// fill takes all the space that is left and returns the file that holds it.
func fill(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	for chunk := make([]byte, 4<<10); ; {
		if _, err := f.Write(chunk); err != nil {
			require.ErrorIs(t, err, syscall.ENOSPC)
			return path
		}
	}
}
