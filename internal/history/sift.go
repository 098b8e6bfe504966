package history

import (
	"fmt"
	"slices"
)

// Check returns an error with ErrInvalid if a record lacks its key.
func (b *Batch) Check() error {
	c := *b
	if n := c.Sift(); n > 0 {
		return fmt.Errorf("%w: %d of %d records have no id, no time or no content", ErrInvalid, n, b.Len())
	}
	return nil
}

// Sift takes out the records that Check refuses and returns how many they were. Those that stay keep their order.
func (b *Batch) Sift() int {
	before := b.Len()
	b.Sessions = sift(b.Sessions, func(s *Session) bool { return s.ID != "" && !s.Start.IsZero() && !s.Last.IsZero() })
	b.Events = sift(b.Events, func(e *Event) bool { return e.ID != "" && e.Kind != "" && !e.At.IsZero() })
	b.Sketches = sift(b.Sketches, func(s *Sketch) bool {
		return s.Identity != "" && s.Tier > 0 && !s.Start.IsZero() && len(s.Frames) > 0
	})
	b.Traces = sift(b.Traces, func(t *Trace) bool { return t.ID != "" && !t.At.IsZero() })
	b.Reports = sift(b.Reports, func(r *Report) bool { return r.ID != "" && !r.At.IsZero() })
	b.Actions = sift(b.Actions, func(a *Action) bool { return a.ID != "" && !a.Proposed.IsZero() && a.State != "" })
	b.Audits = sift(b.Audits, func(a *Audit) bool { return a.ID != "" && !a.At.IsZero() })
	return before - b.Len()
}

// sift returns records itself if all are kept, else a copy without the rest.
func sift[T any](records []T, keep func(*T) bool) []T {
	for i := range records {
		if !keep(&records[i]) {
			return slices.DeleteFunc(slices.Clone(records), func(r T) bool { return !keep(&r) })
		}
	}
	return records
}
