package assistantreceiver

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/braidotel/braid/internal/action"
)

const (
	// overlap is by how much a step may be written later than its time says: clocks of replicas differ, and a step is dated
	// before it is written.
	overlap = 2 * time.Minute
	toldKey = "told"
)

// told is what was told: everything up to a time, and of the last minutes what exactly.
type told struct {
	Since  time.Time            `json:"since"`
	Latest time.Time            `json:"latest"`
	Recent map[string]time.Time `json:"recent,omitempty"`
}

// loadTold reads what was told before the restart; without a memory of it everything up to now counts as told.
func loadTold(ctx context.Context, s storage.Client, now time.Time) (*told, error) {
	now = now.Truncate(time.Second).Add(-time.Nanosecond) // as proposals are dated
	t := &told{Since: now, Latest: now, Recent: map[string]time.Time{}}
	if s == nil {
		return t, nil
	}
	raw, err := s.Get(ctx, toldKey)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	var before told
	if raw == nil || json.Unmarshal(raw, &before) != nil || before.Latest.IsZero() {
		if err := t.keep(ctx, s); err != nil {
			return nil, err
		}
		return t, nil
	}
	if before.Recent == nil {
		before.Recent = map[string]time.Time{}
	}
	return &before, nil
}

// after is from when on steps may be new.
func (t *told) after() time.Time {
	if from := t.Latest.Add(-overlap); from.After(t.Since) {
		return from
	}
	return t.Since
}

func key(h *action.Happening) string {
	return strconv.Itoa(h.Number) + " " + h.ID + " " + h.Tenant
}

// news are those that were not told.
func (t *told) news(list []action.Happening) []action.Happening {
	var out []action.Happening
	for i := range list {
		if _, known := t.Recent[key(&list[i])]; !known {
			out = append(out, list[i])
		}
	}
	return out
}

// note takes steps for told.
func (t *told) note(list []action.Happening) {
	for i := range list {
		t.Recent[key(&list[i])] = list[i].At
		if list[i].At.After(t.Latest) {
			t.Latest = list[i].At
		}
	}
	for k, at := range t.Recent {
		if !at.After(t.after()) {
			delete(t.Recent, k)
		}
	}
}

func (t *told) keep(ctx context.Context, s storage.Client) error {
	if s == nil {
		return nil
	}
	raw, err := json.Marshal(t)
	if err == nil {
		err = s.Set(ctx, toldKey, raw)
	}
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	return nil
}
