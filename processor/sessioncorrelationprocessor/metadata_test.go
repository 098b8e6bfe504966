package sessioncorrelationprocessor

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"

	"github.com/braidotel/braid/internal/identity"
)

// A batch's readers come from a pool: what one request's headers said must not reach the next.
func TestMetadata_RequestHeader_NamesTheSessionOfItsRequestOnly(t *testing.T) {
	t.Parallel()
	r := build(t, func(cfg *Config) {
		cfg.Clock, cfg.Wait = clockReplay, 0
		cfg.Identity.Session = []identity.Rule{{Metadata: "x-visit-id"}}
	}).start(t)
	defer r.stop(t)
	ctx := client.NewContext(t.Context(), client.Info{
		Metadata: client.NewMetadata(map[string][]string{"X-Visit-Id": {"v-1", "v-2"}}),
	})
	require.NoError(t, r.traces.ConsumeTraces(ctx, span("with", 1)))
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("without", 2)))
	spans := r.exit.spans()
	assert.Equal(t, map[string]any{attrSession: "v-1", attrSource: "metadata"}, spans["with"].AsRaw())
	assert.Empty(t, spans["without"].AsRaw())
}
