package sharedcore

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
)

type probe struct {
	starts, stops int
	startErr      error
}

func (p *probe) Start(context.Context, component.Host) error {
	p.starts++
	return p.startErr
}

func (p *probe) Shutdown(context.Context) error {
	p.stops++
	return nil
}

type config struct{ name string }

func TestMap_TwoNodes_StartOnceStopWithTheLast(t *testing.T) {
	t.Parallel()
	var cores Map[*probe]
	cfg := &config{name: "a"}
	first, err := cores.Acquire(cfg, newProbe)
	require.NoError(t, err)
	second, err := cores.Acquire(cfg, newProbe)
	require.NoError(t, err)
	assert.Same(t, first.Core, second.Core)

	host := componenttest.NewNopHost()
	require.Error(t, first.Ready())
	require.NoError(t, first.Start(t.Context(), host))
	require.NoError(t, first.Ready())
	require.Error(t, second.Ready(), "what lies behind the second node may not run yet")
	require.NoError(t, second.Start(t.Context(), host))
	require.NoError(t, second.Ready())
	assert.Equal(t, 1, first.Core.starts)

	require.NoError(t, first.Shutdown(t.Context()))
	require.NoError(t, first.Shutdown(t.Context()), "a second shutdown is a no-op")
	assert.Zero(t, first.Core.stops)
	require.NoError(t, second.Shutdown(t.Context()))
	assert.Equal(t, 1, first.Core.stops)

	again, err := cores.Acquire(cfg, newProbe)
	require.NoError(t, err)
	assert.NotSame(t, first.Core, again.Core, "a reload gets a fresh core")
	require.NoError(t, again.Shutdown(t.Context()))
	assert.Zero(t, again.Core.stops, "what never started is not stopped")
}

func TestMap_EqualConfigsApart(t *testing.T) {
	t.Parallel()
	var cores Map[*probe]
	a, err := cores.Acquire(&config{}, newProbe)
	require.NoError(t, err)
	b, err := cores.Acquire(&config{}, newProbe)
	require.NoError(t, err)
	assert.NotSame(t, a.Core, b.Core)
}

func TestMap_Errors(t *testing.T) {
	t.Parallel()
	var cores Map[*probe]
	boom := errors.New("boom")
	_, err := cores.Acquire(&config{}, func() (*probe, error) { return nil, boom })
	require.ErrorIs(t, err, boom)

	cfg := &config{}
	failing := func() (*probe, error) { return &probe{startErr: boom}, nil }
	first, err := cores.Acquire(cfg, failing)
	require.NoError(t, err)
	second, err := cores.Acquire(cfg, failing)
	require.NoError(t, err)
	require.ErrorIs(t, first.Start(t.Context(), nil), boom)
	require.ErrorIs(t, second.Start(t.Context(), nil), boom, "every node reports the first start's error")
}

func newProbe() (*probe, error) { return &probe{}, nil }
