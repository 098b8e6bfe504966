//go:build integration

package sessionstore

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// put writes sessions until the cluster takes them.
func put(t *testing.T, c *Cluster, from, to int) {
	t.Helper()
	eventually(t, "the cluster takes writes", func() bool {
		pipe := c.Client.Pipeline()
		for n := from; n < to; n++ {
			putSpring(t.Context(), pipe, n, time.Now())
		}
		_, err := pipe.Exec(t.Context())
		return err == nil
	})
}

func TestCluster_MasterDies_NoSessionIsTakenForGone(t *testing.T) {
	t.Parallel()
	c, err := StartCluster(t.Context(), t.TempDir(), "--notify-keyspace-events", "KA")
	require.NoError(t, err)
	t.Cleanup(c.Kill)
	const before, after, deleted = 3000, 300, 100
	put(t, c, 0, before)
	eventually(t, "the replicas have everything", func() bool { return c.replicated(t.Context()) })

	for _, server := range c.Servers {
		allow(t, server, "+cluster|slots")
	}
	w := startWatch(t, map[string]any{"shop": map[string]any{
		"format": "spring", "timeout": "2s", "keys_per_second": 100_000,
		"redis": map[string]any{"addresses": slices.Collect(maps.Keys(c.Servers)), "cluster": true, "username": "braid", "password": "hunter2"},
	}})
	eventually(t, "the first full view", func() bool { return w.Open() == before })
	eventually(t, "the state of three masters", func() bool {
		masters := 0
		for name, value := range w.Points() {
			if strings.HasPrefix(name, "braid.session_store.replicas") && strings.Contains(name, "state:online") && value == 1 {
				masters++
			}
		}
		return masters == 3
	})

	victim := c.Masters(t.Context())[0]
	c.Servers[victim].Kill()
	delete(c.Servers, victim)
	eventually(t, "the replica takes over", func() bool {
		masters := c.Masters(t.Context())
		return len(masters) == 3 && !slices.Contains(masters, victim)
	})
	put(t, c, before, before+after)
	eventually(t, "the cluster deletes", func() bool {
		pipe := c.Client.Pipeline()
		for n := range deleted {
			pipe.Del(t.Context(), springPrefix+springID(n))
		}
		_, err := pipe.Exec(t.Context())
		return err == nil
	})
	eventually(t, "the view is right again", func() bool { return w.Open() == before+after-deleted })

	// Changes on the server that took over are told of, as on the others.
	put(t, c, before+after, before+2*after)
	eventually(t, "new sessions everywhere", func() bool { return w.Open() == before+2*after-deleted })
	for n := range before + 2*after {
		s := w.Session(SpringToken(secret, springID(n)))
		require.Equal(t, 1, s.Started, n)
		if n < deleted {
			assert.Equal(t, 1, s.Ended, n)
		} else {
			assert.Zero(t, s.Ended, "session %d was there all the time", n)
		}
	}
}

// replicated reports whether each replica holds as many keys as its master.
func (c *Cluster) replicated(ctx context.Context) bool {
	var masters, replicas int64
	for _, s := range c.Servers {
		role, roleErr := s.Client.Do(ctx, "ROLE").Slice()
		keys, sizeErr := s.Client.DBSize(ctx).Result()
		if roleErr != nil || sizeErr != nil || len(role) == 0 {
			return false
		}
		if role[0] == "master" {
			masters += keys
		} else {
			replicas += keys
		}
	}
	return masters == replicas
}
