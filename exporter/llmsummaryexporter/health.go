package llmsummaryexporter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/braidotel/braid/internal/narrator"
)

// health reports as the component's status which models do not answer. Templates are told meanwhile: it is no error of the
// pipeline, and passes by itself.
type health struct {
	report func(*componentstatus.Event)

	mu      sync.Mutex
	failing map[string]string // why, by model
}

// note takes up how the calls for a summary went, and reports where that changes anything.
func (h *health) note(calls []narrator.Call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.text()
	for i := range calls { // the last of each model counts
		switch c := &calls[i]; {
		case c.Verdict != narrator.VerdictFailed:
			delete(h.failing, c.Model)
		case c.Reason != "cancelled":
			h.failing[c.Model] = c.Reason
		}
	}
	switch now := h.text(); {
	case now == before:
	case now == "":
		h.report(componentstatus.NewEvent(componentstatus.StatusOK))
	default:
		h.report(componentstatus.NewRecoverableErrorEvent(errors.New(now)))
	}
}

func (h *health) text() string {
	var out []string
	for _, model := range slices.Sorted(maps.Keys(h.failing)) {
		out = append(out, fmt.Sprintf("the model %s does not answer (%s)", model, h.failing[model]))
	}
	if len(out) == 0 {
		return ""
	}
	return strings.Join(out, ", ") + ": templates are told in its place"
}
