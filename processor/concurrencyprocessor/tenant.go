package concurrencyprocessor

import (
	"encoding/binary"
	"strings"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/edges"
)

// tenant is one tenant's clock, key and counts. Tenants share nothing.
type tenant struct {
	name    string
	hasher  sketch.Hasher
	clock   *eventtime.Clock
	counter *counter.Counter
	edges   *edges.Table // nil unless this is a center
	touched bool         // in the batch at hand

	reported eventtime.Instant // up to when this edge has told of what it sends; 0 nothing yet
}

// tenant returns the tenant of that name, new or not; nil beyond the limit.
func (c *core) tenant(name string) *tenant {
	if t := c.tenants[name]; t != nil {
		return t
	}
	if len(c.tenants) >= c.cfg.Limits.Tenants {
		return nil
	}
	t := c.newTenant(strings.Clone(name))
	c.tenants[t.name] = t
	return t
}

func (c *core) newTenant(name string) *tenant {
	hasher, err := sketch.NewHasher(c.secret, name)
	if err != nil {
		panic(err) // the secret is never empty
	}
	clock := eventtime.NewClock(eventtime.Config{
		Lateness: c.cfg.Lateness, MaxSkew: c.cfg.MaxSkew, Replay: c.cfg.Clock == clockReplay,
	})
	t := &tenant{name: name, hasher: hasher, clock: clock, counter: counter.New(c.counting)}
	if c.cfg.Edges.Enabled {
		t.edges = edges.New(edges.Config{
			SilentAfter: c.cfg.Edges.SilentAfter, Reach: max(c.cfg.Revision.Reach, c.cfg.Edges.SilentAfter),
			Limit: c.cfg.Limits.Edges, Expected: c.cfg.Edges.Expected,
		})
	}
	return t
}

// lastClosed is the newest tick whose end is not ahead of the watermark.
func (c *core) lastClosed(watermark eventtime.Instant) int64 {
	return int64(watermark.Truncate(c.cfg.Tick))/int64(c.cfg.Tick) - 1
}

// subject names a series for authentication: tenant, kind of identity and key, each with its length before it.
func (t *tenant) subject(identity, keyID string) string {
	b := append(binary.AppendUvarint(nil, uint64(len(t.name))), t.name...)
	b = append(binary.AppendUvarint(b, uint64(len(identity))), identity...)
	return string(append(b, keyID...))
}

// ownedKey copies a key out of a batch, whose strings alias memory that is reused. It will be an attribute, so it has to
// be valid UTF-8; cutting may have left half a character.
func ownedKey(names, values []string) counter.Key {
	k := counter.Key{Names: names, Values: make([]string, len(values))}
	for i, v := range values {
		k.Values[i] = strings.Clone(strings.ToValidUTF8(v, "\uFFFD"))
	}
	return k
}
