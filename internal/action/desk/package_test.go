package desk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		crash(dir, os.Getenv(crashAt))
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, 11, 18, 3, 0, 0, 0, time.UTC)

// world is a desk over a history, a clock that is set, and a cluster that counts what is done to it.
type world struct {
	t       testing.TB
	store   history.Store
	desk    *Desk
	cluster *cluster
	policy  action.Policy
	p95     atomic.Int64

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

var services = []action.Service{
	{Name: "payment", Tenant: "shop", Environment: "production", Workload: action.Workload{Namespace: "shop", Type: action.Deployment, Name: "payment"}},
	{Name: "ledger", Tenant: "bank", Environment: "production", Workload: action.Workload{Namespace: "bank", Type: action.Deployment, Name: "ledger"}},
}

func open(t testing.TB, file string) history.Store {
	t.Helper()
	db, _, err := sqlite.Open(context.Background(), file, sqlite.Options{NoSync: true})
	require.NoError(t, err)
	return relational.New(db, relational.Limits{})
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: noon, cluster: &cluster{replicas: 3}, policy: action.DefaultPolicy()}
	w.p95.Store(800)
	w.store = open(t, filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() { require.NoError(t, w.store.Close()) })
	w.desk = w.another()
	return w
}

// another is a desk of another process over the same history.
func (w *world) another() *Desk {
	return New(Options{
		Policy: w.policy, Services: services, Executors: map[action.Kind]action.Executor{action.ScaleWorkload: w.cluster, action.EndSession: w.cluster},
	}, func() history.Store { return w.store }, w.signals, w.clock)
}

func (w *world) signals(context.Context, string, string) ([]action.Measure, error) {
	v := float64(w.p95.Load())
	return []action.Measure{{Metric: "latency_p95", Unit: "ms", Value: &v}}, nil
}

var double = action.Order{Action: action.ScaleWorkload, Service: "payment", Factor: 2, Reason: "slow"}

func (w *world) proposed() Item {
	w.t.Helper()
	it, err := w.desk.Propose(w.t.Context(), "shop", "lee", double, nil)
	require.NoError(w.t, err)
	return it
}

var kim, park = action.Person{Name: "kim", Approve: true}, action.Person{Name: "park", Approve: true}

func (w *world) approve(it Item) {
	w.t.Helper()
	_, err := w.desk.Decide(w.t.Context(), "shop", it.ID, kim, true, it.Digest, "go on")
	require.NoError(w.t, err)
}

func (w *world) work() {
	w.t.Helper()
	require.NoError(w.t, w.desk.Work(w.t.Context()))
}

func (w *world) item(id string) Item {
	w.t.Helper()
	list, err := w.desk.List(w.t.Context(), "shop", 0)
	require.NoError(w.t, err)
	for _, it := range list {
		if it.ID == id {
			return it
		}
	}
	w.t.Fatalf("%s is not there", id)
	return Item{}
}

func last(it Item) action.Step { return it.Trail[len(it.Trail)-1] }

// cluster counts executions.
type cluster struct {
	mu       sync.Mutex
	replicas int
	done     int
	fail     error
	hold     func(ctx context.Context) // called while executing
}

func (c *cluster) Resolve(_ context.Context, _ string, s *action.Service, r action.Order) (action.Arguments, error) {
	if r.Action == action.EndSession {
		return action.End{Session: r.Session}, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return action.Scale{Workload: s.Workload, From: c.replicas, To: r.To(c.replicas)}, nil
}

func (c *cluster) Execute(ctx context.Context, p *action.Proposal) (string, error) {
	if c.hold != nil {
		c.hold(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		return "", c.fail
	}
	c.done++
	if a, ok := p.Arguments.(action.Scale); ok {
		c.replicas = a.To
	}
	return fmt.Sprintf("%d replicas", c.replicas), nil
}

func (c *cluster) Look(context.Context, *action.Proposal) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("there are %d replicas", c.replicas), nil
}

func (c *cluster) times() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}
