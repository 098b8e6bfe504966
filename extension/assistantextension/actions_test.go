package assistantextension

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/braidotel/braid/extension/assistantextension/internal/metadata"
	"github.com/braidotel/braid/internal/action"
)

const longSecret = "a secret of at least twenty-four bytes"

func actionsOf(t *testing.T, fields map[string]any) *Config {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, confmap.NewFromStringMap(map[string]any{"actions": fields}).Unmarshal(cfg))
	return cfg
}

func TestActions_Default_ReviewsAndCanDoNothing(t *testing.T) {
	t.Parallel()
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, cfg.Validate())
	o, err := cfg.Actions.desk()
	require.NoError(t, err)
	assert.Empty(t, o.Executors)
	assert.Equal(t, action.Review, o.Policy.ModeOf(action.ScaleWorkload, "production"))
	assert.Equal(t, 10*time.Minute, o.Policy.Expiry)
}

func TestActions_Configured_OffersWhatIsThere(t *testing.T) {
	t.Parallel()
	cfg := actionsOf(t, map[string]any{
		"two_approvers": []any{"roll_back_deployment"},
		"environments":  map[string]any{"staging": map[string]any{"modes": map[string]any{"restart_workload": "autonomous"}}},
		"services":      []any{map[string]any{"name": "payment", "aliases": []any{"결제"}, "environment": "staging", "namespace": "shop", "workload": "payment"}},
		"webhooks":      []any{map[string]any{"name": "end", "url": "https://automation.test/end", "secret": longSecret}},
		"end_session":   map[string]any{"webhook": "end"},
		"alertmanager":  map[string]any{"endpoint": "http://127.0.0.1:9093"},
	})
	require.NoError(t, cfg.Validate())
	o, err := cfg.Actions.desk()
	require.NoError(t, err)
	assert.Len(t, o.Executors, 3)
	assert.Equal(t, 2, o.Policy.Approvers(action.RollBack, "staging"))
	assert.Equal(t, action.Autonomous, o.Policy.ModeOf(action.RestartWorkload, "staging"))
	assert.Equal(t, action.Workload{Namespace: "shop", Type: action.Deployment, Name: "payment"}, o.Services[0].Workload)
	assert.Equal(t, "service", cfg.Actions.Alertmanager.Get().Label)
}

func TestActions_Mistakes_NameTheField(t *testing.T) {
	t.Parallel()
	for want, fields := range map[string]map[string]any{
		"actions::mode: autonomous is given action by action":     {"mode": "autonomous"},
		"actions::expiry: must be 1m":                             {"expiry": "1s"},
		"actions::observe: must be":                               {"observe": "0s"},
		"actions::limits::replicas":                               {"limits": map[string]any{"replicas": 0}},
		"actions::two_approvers: \"x\" is no action":              {"two_approvers": []any{"x"}},
		"actions::environments::p::modes: \"x\" is no action":     {"environments": map[string]any{"p": map[string]any{"modes": map[string]any{"x": "review"}}}},
		"actions::services::0::name":                              {"services": []any{map[string]any{}}},
		"actions::services::1::name: \"a\" is there twice":        {"services": []any{map[string]any{"name": "a"}, map[string]any{"name": "a"}}},
		"actions::services::0::namespace":                         {"services": []any{map[string]any{"name": "a", "workload": "a"}}},
		"actions::services::0::type":                              {"services": []any{map[string]any{"name": "a", "workload": "a", "namespace": "b", "type": "Pod"}}},
		"actions::webhooks::0::name":                              {"webhooks": []any{map[string]any{"name": "A b", "url": "https://a.test", "secret": longSecret}}},
		"actions::webhooks::0::url: must be https":                {"webhooks": []any{map[string]any{"name": "a", "url": "http://a.test", "secret": longSecret}}},
		"actions::webhooks::0::secret: has 1 bytes":               {"webhooks": []any{map[string]any{"name": "a", "url": "https://a.test", "secret": "x"}}},
		"actions::end_session::webhook: \"a\" is none":            {"end_session": map[string]any{"webhook": "a"}},
		"actions::alertmanager::endpoint: \"http://a.test\" must": {"alertmanager": map[string]any{"endpoint": "http://a.test"}},
		"actions::alertmanager: label and tenant_label":           {"alertmanager": map[string]any{"endpoint": "https://a.test", "label": ""}},
	} {
		assert.ErrorContains(t, actionsOf(t, fields).Validate(), want)
	}
	_, err := actionsOf(t, map[string]any{"kubernetes": map[string]any{"kubeconfig": "/none"}}).Actions.desk()
	assert.ErrorContains(t, err, "actions::kubernetes::kubeconfig")
}

// worker counts what it is called for.
type worker struct {
	due               chan struct{}
	worked, suggested atomic.Int64
}

func (w *worker) Work(context.Context) error           { w.worked.Add(1); return errors.New("busy") }
func (w *worker) Suggest(context.Context) (int, error) { w.suggested.Add(1); return 1, nil }
func (w *worker) Due() <-chan struct{}                 { return w.due }

func TestAct_KickedAndByTheClock_WorksUntilStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, err := newAssistant(extensiontest.NewNopSettings(metadata.Type), createDefaultConfig().(*Config), nil)
		require.NoError(t, err)
		w := &worker{due: make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { a.act(ctx, w); close(ended) }()
		synctest.Wait()
		assert.EqualValues(t, 1, w.worked.Load(), "at once: something may be left from before")
		w.due <- struct{}{}
		synctest.Wait()
		assert.EqualValues(t, 2, w.worked.Load())
		assert.Zero(t, w.suggested.Load())
		time.Sleep(actEvery + time.Second)
		synctest.Wait()
		assert.EqualValues(t, 3, w.worked.Load())
		assert.EqualValues(t, 1, w.suggested.Load())
		stop()
		<-ended
	})
}
