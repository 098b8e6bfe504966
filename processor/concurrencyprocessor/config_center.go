package concurrencyprocessor

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// RevisionConfig says what becomes of data that comes after its bucket has closed.
type RevisionConfig struct {
	// Reach is how long after its end a bucket still takes what comes late. It then leaves again. Default 0: what has
	// closed stays closed, and what comes late counts only in wider buckets that are open.
	Reach time.Duration `mapstructure:"reach"`
	// Every is how often what was revised leaves. Default 1m.
	Every time.Duration `mapstructure:"every"`
	// Keep are the tiers whose closed buckets are kept for that long, so that they leave again as a whole; of the others
	// the part that came late leaves by itself. Needs storage. Default none.
	Keep []time.Duration `mapstructure:"keep"`
}

// EdgesConfig makes a collector the center of others.
type EdgesConfig struct {
	// Enabled follows the edges whose reports arrive: what leaves is marked as provisional while something of them is
	// outstanding, and an edge that falls silent is told of. Default false.
	Enabled bool `mapstructure:"enabled"`
	// SilentAfter is how long an edge may say nothing; each reports once in its narrowest tier. Default 5m.
	SilentAfter time.Duration `mapstructure:"silent_after"`
	// Expected are edges that are told of when nothing ever comes from them. Default none.
	Expected []string `mapstructure:"expected"`
}

const maxEdgeName = 255

func (c *Config) validateCenter() error {
	var errs []error
	r := &c.Revision
	if r.Reach < 0 {
		errs = append(errs, fmt.Errorf("revision::reach: must not be negative, is %s", r.Reach))
	}
	if c.Tick > 0 && (r.Every < c.Tick || r.Every%c.Tick != 0) && r.Reach > 0 {
		errs = append(errs, fmt.Errorf("revision::every: must be a multiple of the tick of %s, is %s", c.Tick, r.Every))
	}
	for _, tier := range r.Keep {
		if !slices.Contains(c.Sketches.Tiers, tier) {
			errs = append(errs, fmt.Errorf("revision::keep: %s is not one of sketches::tiers", tier))
		}
	}
	switch {
	case len(r.Keep) > 0 && r.Reach == 0:
		errs = append(errs, errors.New("revision::keep: needs revision::reach, which says for how long"))
	case len(r.Keep) > 0 && c.Storage == nil:
		errs = append(errs, errors.New("revision::keep: needs storage, or a restart would take a part for the whole"))
	}
	if len(c.Edge) > maxEdgeName {
		errs = append(errs, fmt.Errorf("edge: has %d bytes, at most %d", len(c.Edge), maxEdgeName))
	}
	if c.Edge != "" && !c.Sketches.Enabled {
		errs = append(errs, errors.New("edge: reports tell of sketches; set sketches::enabled: true or leave edge empty"))
	}
	if c.Edges.Enabled && c.Edges.SilentAfter <= 0 {
		errs = append(errs, fmt.Errorf("edges::silent_after: must be positive, is %s", c.Edges.SilentAfter))
	}
	return errors.Join(errs...)
}

// base is the narrowest tier that leaves: an edge reports once in each.
func (c *Config) base() time.Duration {
	if len(c.Sketches.Tiers) == 0 {
		return time.Minute
	}
	return slices.Min(c.Sketches.Tiers)
}
