package resilience

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/journal/journaltest"
)

// TestState_OfANewerRelease_IsRefusedAndKept (R19) begins each component with state that says a later build wrote it: it does not
// start, says whose state that is, what was found and what is known, and leaves it as it is. The history's own is with its packages.
func TestState_OfANewerRelease_IsRefusedAndKept(t *testing.T) {
	t.Parallel()
	const later = 2
	newer := map[string]map[string][]byte{
		"format":  {"format": {later, later ^ 0xff}},
		"version": {"journal": {later, 0, 0}, "journal/copy": {later, 0, 0}},
	}
	for name, c := range remembered {
		for what, values := range newer {
			if what == "version" && name == "seasonality" {
				continue // has no journal
			}
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				raw, err := os.ReadFile(filepath.Join("testdata", "state", release, name+".json"))
				require.NoError(t, err)
				var l left
				require.NoError(t, json.Unmarshal(raw, &l))
				maps.Copy(l.Values, values)
				disk := journaltest.NewDisk()
				for key, value := range l.Values {
					require.NoError(t, disk.Set(t.Context(), key, value))
				}
				s := newStage(disk)
				c.build(t, s)
				err = s.components[0].Start(t.Context(), journaltest.Host{Extension: disk})
				parts := []string{"storage: ", what + " 2", " 1"}
				if what == "format" {
					parts = append(parts, "the state of "+name, "in "+journaltest.DiskID.String())
				}
				for _, part := range parts {
					assert.ErrorContains(t, err, part)
				}
				for _, c := range slices.Backward(s.components) {
					_ = c.Shutdown(context.WithoutCancel(t.Context()))
				}
				assert.Equal(t, slices.Sorted(maps.Keys(l.Values)), disk.Keys())
				for key, value := range l.Values {
					kept, err := disk.Get(t.Context(), key)
					require.NoError(t, err)
					assert.Equal(t, value, kept, key)
				}
			})
		}
	}
}
