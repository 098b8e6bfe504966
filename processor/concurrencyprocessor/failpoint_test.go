package concurrencyprocessor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/metadata"
)

// failpoint is where a center ends.
type failpoint struct {
	name  string
	power bool // the machine ends, not only the process: what was not synced is gone
}

// failpoints are the moments around everything that a center must not do by halves.
var failpoints = []failpoint{
	{name: "before state write"},
	{name: "after state write"},
	{name: "before fsync", power: true},
	{name: "after fsync", power: true},
	{name: "before export"},
	{name: "after export"},
	{name: "before offset commit"},
	{name: "after offset commit"},
}

var errCrashed = errors.New("the process is gone")

// machine is where a center runs: its disk, what is behind it and what it has committed. After a crash nothing leaves it
// and nothing is written, until it starts again with what the disk holds.
type machine struct {
	component.StartFunc
	component.ShutdownFunc
	consumer.Logs

	point  failpoint
	random *rand.Rand

	mu              sync.Mutex
	written, synced *journaltest.Disk
	delivered       []plog.Logs
	committed       int
	endsFrom        int // it ends at the failpoint when so much is committed
	ends            context.CancelFunc
	ended           int
}

// between is the most that a center commits before it is to end again.
const between = 20

func newMachine(t *testing.T, point failpoint) *machine {
	t.Helper()
	m := &machine{
		point: point, random: rand.New(rand.NewPCG(uint64(len(point.name)), 3)),
		written: journaltest.NewDisk(), synced: journaltest.NewDisk(),
	}
	var err error
	m.Logs, err = consumer.NewLogs(m.deliver)
	require.NoError(t, err)
	return m
}

// at is called at a point, with the lock held, and reports whether the machine is down.
func (m *machine) at(point string) bool {
	if m.ends != nil && point == m.point.name && m.committed >= m.endsFrom {
		m.ends()
		m.ends = nil
		m.ended++
	}
	return m.ends == nil
}

// start brings the machine up with what its disk holds. The context is that of its connections.
func (m *machine) start(t *testing.T) context.Context {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.point.power {
		m.written = m.synced.After()
	}
	m.written, m.synced = m.written.After(), m.written.After()
	m.endsFrom = m.committed + 1 + m.random.IntN(between)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	m.ends = cancel
	return ctx
}

// GetClient returns the machine itself.
func (m *machine) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return m, nil
}

func (m *machine) Get(ctx context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.written.Get(ctx, key)
}

func (m *machine) Set(ctx context.Context, key string, value []byte) error {
	return m.Batch(ctx, storage.SetOperation(key, value))
}

func (m *machine) Delete(ctx context.Context, key string) error {
	return m.Batch(ctx, storage.DeleteOperation(key))
}

func (m *machine) Batch(ctx context.Context, ops ...*storage.Operation) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ops[0].Type == storage.Get {
		return m.written.Batch(ctx, ops...)
	}
	if m.at("before state write") {
		return errCrashed
	}
	if err := m.written.Batch(ctx, ops...); err != nil {
		return err
	}
	if m.at("after state write") || m.at("before fsync") {
		return errCrashed
	}
	m.synced = m.written.After()
	if m.at("after fsync") {
		return errCrashed
	}
	return nil
}

func (*machine) Close(context.Context) error { return nil }

// deliver is what is behind the center.
func (m *machine) deliver(_ context.Context, ld plog.Logs) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	own := isRollup(ld)
	if m.ends == nil || own && m.at("before export") {
		return errCrashed
	}
	m.delivered = append(m.delivered, ld)
	if own && m.at("after export") {
		return errCrashed
	}
	return nil
}

// isRollup tells what the center makes from what an edge sent and the center passes on.
func isRollup(ld plog.Logs) bool {
	for _, rl := range ld.ResourceLogs().All() {
		for _, r := range rl.ScopeLogs().At(0).LogRecords().All() {
			if _, ofEdge := r.Attributes().Get(attrEdge); !ofEdge && r.EventName() == eventSketch {
				return true
			}
		}
	}
	return false
}

// commit moves the offset on, behind which nothing comes again, and reports whether it did.
func (m *machine) commit() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at("before offset commit") {
		return false
	}
	m.committed++
	m.at("after offset commit")
	return true
}

func (m *machine) center(t *testing.T) *logs {
	t.Helper()
	cfg := centerConfig()
	cfg.Metrics.Enabled = false
	set := processortest.NewNopSettings(metadata.Type)
	set.ID = component.NewID(metadata.Type)
	node, err := NewFactory().CreateLogs(t.Context(), set, cfg, m)
	require.NoError(t, err)
	require.NoError(t, node.Start(t.Context(), journaltest.Host{Extension: m}))
	return node.(*logs)
}

// follow reads from the last committed offset to the end, however often the center ends meanwhile.
func (m *machine) follow(t *testing.T, input []plog.Logs) {
	t.Helper()
	for m.committed < len(input) {
		up := m.start(t)
		center := m.center(t)
		for m.committed < len(input) && up.Err() == nil {
			if center.ConsumeLogs(up, input[m.committed]) == nil {
				m.commit()
			}
		}
		_ = center.Shutdown(t.Context()) // of a process that is gone nothing leaves any more
	}
}

// edgeLogs is what three edges send to their center during a day, each of the last reports long after it.
func edgeLogs(t *testing.T, d *day) (all []plog.Logs) {
	t.Helper()
	var edges [3]*rig
	for i := range edges {
		edges[i] = newRig(t, edgeConfig(fmt.Sprint("edge", i))).start(componenttest.NewNopHost())
	}
	take := func(r *rig) {
		all = append(all, r.logsSink.AllLogs()...)
		r.logsSink.Reset()
	}
	for n := range d.batches[0] {
		for i, edge := range edges {
			edge.visit(d.batches[i][n]...)
			take(edge)
		}
	}
	for _, edge := range edges {
		edge.visit(visit{4*time.Hour + 10*time.Minute, "shop0", "end"})
		edge.stop()
		take(edge)
	}
	for _, ld := range all {
		ld.MarkReadOnly()
	}
	return all
}

// TestCenter_EndsAtFailpoint_OneRollupPerWindow (R9) ends a center again and again at one point of what it does; the sender goes on
// behind the last committed offset. No bucket is missing, each is the sketch of everything, register for register, and the hours
// are final.
func TestCenter_EndsAtFailpoint_OneRollupPerWindow(t *testing.T) {
	d := newDay(1)
	for i, all := range d.batches { // an hour and a bit of it will do
		d.batches[i] = append(all[:200:200], all[len(all)-1])
	}
	input, hours, minutes := edgeLogs(t, d), wholeHours(t, d), wholeBuckets(t, d, 5*time.Minute, "5m")
	for _, point := range failpoints {
		t.Run(point.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, point)
			m.follow(t, input)
			m.point.name = "" // the rest in peace
			m.start(t)
			center := m.center(t)
			center.Core.followTo(base.Add(6 * time.Hour))
			require.NoError(t, center.Shutdown(t.Context()))

			last, all := newHours(t), rollups(t, m.delivered)
			last.take(m.delivered)
			equal := func(got, want map[string]*sketch.Sketch) {
				for name, whole := range want {
					if assert.Contains(t, got, name, "no rollup") {
						assert.Equal(t, whole.Registers(nil), got[name].Registers(nil), name)
					}
				}
			}
			equal(last.whole, hours)
			equal(all, minutes)
			for name := range hours {
				assert.Equal(t, stateFinal, last.state[name], name)
			}
			assert.Greater(t, m.ended, 10, "how often it ended")
			t.Logf("ended %d times, %d hours and %d times five minutes are whole", m.ended, len(hours), len(minutes))
		})
	}
}

// rollups are what a reader keeps of all that was delivered: each bucket merged. An hour that comes again under the same
// revision has to say the same; of other tiers what came late comes as parts.
func rollups(t *testing.T, delivered []plog.Logs) map[string]*sketch.Sketch {
	t.Helper()
	hasher, err := sketch.NewHasher([]byte(testSecret), "")
	require.NoError(t, err)
	merged, said := map[string]*sketch.Sketch{}, map[string]string{}
	take := func(r plog.LogRecord) {
		attrs := r.Attributes()
		if _, ofEdge := attrs.Get(attrEdge); ofEdge || r.EventName() != eventSketch {
			return
		}
		_, s, err := hasher.Open((&tenant{}).subject(textOf(attrs, attrIdentity), string(counterKey(attrs))), r.Body().Bytes().AsRaw())
		require.NoError(t, err)
		name := recordName(r)
		if merged[name] == nil {
			merged[name] = new(sketch.Sketch)
		}
		require.NoError(t, merged[name].Merge(s))
		if textOf(attrs, attrTier) == "1h" {
			revision, users := name+" revision "+textOf(attrs, attrRevision), textOf(attrs, attrUsers)
			if before, ok := said[revision]; ok {
				assert.Equal(t, before, users, revision)
			}
			said[revision] = users
		}
	}
	for _, ld := range delivered {
		for _, rl := range ld.ResourceLogs().All() {
			for _, r := range rl.ScopeLogs().At(0).LogRecords().All() {
				take(r)
			}
		}
	}
	return merged
}
