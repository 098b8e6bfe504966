//go:build integration

package chaos

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
)

// TestChaos_OneOfEachKind_AllWellAgain is the short form of make chaos.
func TestChaos_OneOfEachKind_AllWellAgain(t *testing.T) {
	binary, err := collector.Binary()
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), binary, "components").Output()
	require.NoError(t, err)
	for _, name := range []string{"redis_storage", "session_store"} {
		if !strings.Contains(string(out), "- name: "+name+"\n") {
			t.Skipf("the collector under test has no %s", name)
		}
	}
	m, err := Run(context.WithoutCancel(t.Context()), Options{Binary: binary, Only: Short, Log: t.Output()})
	require.NoError(t, err)
	assert.Zero(t, m.Failed())
}
