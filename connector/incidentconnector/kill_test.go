//go:build integration

package incidentconnector

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/connector/incidentconnector/internal/metadata"
	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
)

// What the child process is told: where its storage is, and which seconds of the shop it has to play.
const (
	childDir  = "BRAID_TEST_KILL_DIR"
	childFrom = "BRAID_TEST_KILL_FROM"
	childStop = "BRAID_TEST_KILL_STOP"
)

// faultAt is when the shop's payment database slows down, in seconds, and faultFor how long.
const faultAt, faultFor, shopFor = 600, 420, 1500

func TestConnector_ProcessKilledInTheMiddle_TheSameIncidentGoesOn(t *testing.T) {
	if os.Getenv(childDir) != "" {
		t.Skip("this is the child")
	}
	dir := t.TempDir()
	before := child(t, dir, 0, faultAt+200)
	require.NotEmpty(t, before, "the incident is open when the process is killed")
	after := child(t, dir, faultAt+200, 2*shopFor)
	require.NotEmpty(t, after)
	first, was, last := before[0], before[len(before)-1], after[len(after)-1]
	for _, r := range append(before, after...) {
		assert.Equal(t, first.id, r.id)
	}
	assert.Equal(t, "shop-payment", last.service)
	assert.Equal(t, "resolved", last.phase)
	assert.Positive(t, was.users)
	assert.Greater(t, last.users, was.users, "who was hit before and after")
	assert.Greater(t, last.failed, was.failed)
}

// reported is a line of the child.
type reported struct {
	id, phase, service string
	users, failed      int
}

// child plays a part of the shop in a process of its own, which is killed at the end of it, or ends with the shop.
func child(t *testing.T, dir string, from, until int) []reported {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChild_PlaysTheShop$", "-test.v")
	cmd.Env = append(os.Environ(), childDir+"="+dir, childFrom+"="+strconv.Itoa(from), childStop+"="+strconv.Itoa(until))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var said []reported
	for lines := bufio.NewScanner(out); lines.Scan(); {
		f := strings.Fields(lines.Text())
		switch {
		case len(f) == 6 && f[0] == "incident":
			users, _ := strconv.Atoi(f[4])
			failed, _ := strconv.Atoi(f[5])
			said = append(said, reported{f[1], f[2], f[3], users, failed})
		case len(f) == 1 && f[0] == "killable":
			require.NoError(t, cmd.Process.Kill())
		}
	}
	err = cmd.Wait()
	if until < shopFor {
		require.Error(t, err, "killed")
	} else {
		require.NoError(t, err)
	}
	return said
}

func TestChild_PlaysTheShop(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		t.Skip("run by another test")
	}
	from, err := strconv.Atoi(os.Getenv(childFrom))
	require.NoError(t, err)
	until, err := strconv.Atoi(os.Getenv(childStop))
	require.NoError(t, err)
	traces, stop := onDisk(t, dir)
	shop, err := simulate.New(simulate.Config{
		Seed: 2, Start: base, Users: 120, Duration: shopFor * time.Second,
		Scenarios: []simulate.Scenario{{Kind: simulate.Fault, Offset: faultAt * time.Second, Length: faultFor * time.Second}},
	})
	require.NoError(t, err)
	for b, ok := shop.Next(); ok; b, ok = shop.Next() {
		at := int(b.Time.Sub(base).Seconds())
		if at < from {
			continue
		}
		if at >= until {
			fmt.Println("killable")
			time.Sleep(time.Minute)
		}
		td := encode.Traces(b.Spans)
		nameUsers(td)
		require.NoError(t, traces.ConsumeTraces(t.Context(), td))
	}
	stop()
}

// nameUsers gives each trace a user.
func nameUsers(td ptrace.Traces) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				id := s.TraceID()
				s.Attributes().PutStr("user.id", fmt.Sprintf("user %x", id[:2]))
			}
		}
	}
}

// onDisk starts a connector that keeps its state in files and prints what it says.
func onDisk(t *testing.T, dir string) (traces consumer.Traces, stop func()) {
	t.Helper()
	files := filestorage.NewFactory()
	disk := files.CreateDefaultConfig().(*filestorage.Config)
	disk.Directory = dir
	ext, err := files.Create(t.Context(), extensiontest.NewNopSettings(files.Type()), disk)
	require.NoError(t, err)
	require.NoError(t, ext.Start(t.Context(), componenttest.NewNopHost()))
	cfg := replayConfig()
	cfg.Storage = &journaltest.DiskID
	told, err := consumer.NewLogs(func(_ context.Context, ld plog.Logs) error {
		for _, rl := range ld.ResourceLogs().All() {
			for _, lr := range rl.ScopeLogs().At(0).LogRecords().All() {
				fmt.Println("incident", attr(lr, "braid.incident.id"), attr(lr, "braid.incident.phase"), attr(lr, "braid.incident.cause.service"),
					attr(lr, "braid.incident.users"), attr(lr, "braid.incident.requests.failed"))
			}
		}
		return nil
	})
	require.NoError(t, err)
	set := connectortest.NewNopSettings(metadata.Type)
	set.ID = component.NewID(metadata.Type)
	node, err := NewFactory().CreateTracesToLogs(t.Context(), set, cfg, told)
	require.NoError(t, err)
	require.NoError(t, node.Start(t.Context(), journaltest.Host{Extension: ext}))
	return node, func() {
		require.NoError(t, node.Shutdown(t.Context()))
		require.NoError(t, ext.Shutdown(t.Context()))
	}
}
