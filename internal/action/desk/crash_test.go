package desk

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
)

// crashDir makes this test binary a collector that approves an action over a history in a directory, and is killed at
// crashAt.
const (
	crashDir = "BRAID_ACTION_CRASH"
	crashAt  = "BRAID_ACTION_CRASH_AT"
)

func kill() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		_ = self.Kill() // SIGKILL: nothing is closed or written any more
	}
	select {}
}

// outside is what an action does to the world: a line in a file.
type outside struct{ dir, at string }

func (o *outside) Resolve(_ context.Context, _ string, s *action.Service, r action.Order) (action.Arguments, error) {
	return action.Scale{Workload: s.Workload, From: 3, To: r.To(3)}, nil
}

func (o *outside) Execute(context.Context, *action.Proposal) (string, error) {
	if o.at == "claimed" {
		kill()
	}
	f, err := os.OpenFile(filepath.Join(o.dir, "done"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString("scaled\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil && o.at == "done" {
		kill()
	}
	return "scaled", err
}

func (o *outside) Look(context.Context, *action.Proposal) (string, error) { return "", nil }

func (o *outside) times(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(o.dir, "done"))
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(t, err)
	}
	return strings.Count(string(text), "\n")
}

func process(dir, at string, now time.Time) (*Desk, history.Store, *outside, error) {
	db, _, err := sqlite.Open(context.Background(), filepath.Join(dir, "records.db"), sqlite.Options{})
	if err != nil {
		return nil, nil, nil, err
	}
	store, world := relational.New(db, relational.Limits{}), &outside{dir, at}
	d := New(Options{Policy: action.DefaultPolicy(), Services: services, Executors: map[action.Kind]action.Executor{action.ScaleWorkload: world}},
		func() history.Store { return store }, nil, func() time.Time { return now })
	return d, store, world, nil
}

func crash(dir, at string) {
	d, _, _, err := process(dir, at, noon)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	it, err := d.Propose(ctx, "shop", "lee", double, nil)
	if err != nil {
		panic(err)
	}
	if _, err := d.Decide(ctx, "shop", it.ID, kim, true, it.Digest, "go on"); err != nil {
		panic(err)
	}
	if at == "approved" {
		kill()
	}
	if err := d.Work(ctx); err != nil {
		panic(err)
	}
}

// A collector killed between an approval and its execution executes at most once, and says how it stands.
func TestWork_KilledInBetween_ExecutesAtMostOnceAndSaysSo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at    string
		after time.Duration // until there is a collector again
		times int
		want  action.State
		says  string
	}{
		"before it began, back soon":   {"approved", 10 * time.Second, 1, action.Succeeded, "scaled"},
		"before it began, back late":   {"approved", 3 * time.Minute, 0, action.Expired, notBegun},
		"begun, not done":              {"claimed", 2 * time.Minute, 0, action.Unknown, notEnded},
		"done, not written down":       {"done", 2 * time.Minute, 1, action.Unknown, notEnded},
		"done, not down, back at once": {"done", 0, 1, action.Executing, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
			cmd.Env = append(os.Environ(), crashDir+"="+dir, crashAt+"="+c.at)
			out, err := cmd.CombinedOutput()
			require.ErrorContains(t, err, "killed", string(out))

			d, store, world, err := process(dir, "", noon.Add(c.after))
			require.NoError(t, err)
			defer func() { require.NoError(t, store.Close()) }()
			for range 3 {
				require.NoError(t, d.Work(t.Context()))
			}
			assert.Equal(t, c.times, world.times(t))
			list, err := d.List(t.Context(), "shop", 0)
			require.NoError(t, err)
			require.Len(t, list, 1)
			assert.Equal(t, c.want, list[0].State)
			assert.Contains(t, last(list[0]).Text, c.says)
		})
	}
}
