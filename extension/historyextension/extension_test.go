package historyextension

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/extension/historyextension/internal/metadata"
	"github.com/braidotel/braid/internal/history"
)

// host remembers what was reported to it.
type host struct {
	component.Host
	mu     sync.Mutex
	status []componentstatus.Status
}

func (h *host) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = append(h.status, e.Status())
}

func start(t *testing.T, h *host, change func(*Config)) *historian {
	t.Helper()
	h.Host = componenttest.NewNopHost()
	cfg := createDefaultConfig().(*Config)
	cfg.Directory = t.TempDir()
	change(cfg)
	require.NoError(t, cfg.Validate())
	e, err := newExtension(extensiontest.NewNopSettings(metadata.Type), cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), h))
	t.Cleanup(func() { assert.NoError(t, e.Shutdown(context.Background())) })
	return e
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func users(at time.Time, tenant string, n float64) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "shop")
	if tenant != "" {
		rm.Resource().Attributes().PutStr("braid.tenant", tenant)
	}
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("braid.session.active")
	p := m.SetEmptyGauge().DataPoints().AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(at))
	p.SetDoubleValue(n)
	return md
}

func get(t *testing.T, address string) (int, map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	var answer map[string]any
	require.NoError(t, json.Unmarshal(body, &answer), string(body))
	return response.StatusCode, answer
}

func TestExtension_Embedded_KeepsAndServes(t *testing.T) {
	address := freeAddress(t)
	e := start(t, &host{}, func(c *Config) { c.API.GetOrInsertDefault().HTTP.NetAddr.Endpoint = address })
	var provider history.Provider = e

	at := time.Now().Truncate(time.Second).Add(-time.Minute)
	for i := range 3 {
		w, err := e.MetricsWriter().Write(t.Context(), users(at.Add(time.Duration(i)*20*time.Second), "", float64(10+i)), at.Add(time.Minute))
		require.NoError(t, err)
		assert.Equal(t, 1, w.Stored)
	}
	_, err := e.MetricsWriter().Write(t.Context(), users(at, "other", 99), at)
	require.NoError(t, err)
	require.NoError(t, provider.Records().Write(t.Context(), &history.Batch{Sessions: []history.Session{{ID: "s", Start: at, Last: at}}}))
	sessions, err := provider.Records().Sessions(t.Context(), history.SessionQuery{})
	require.NoError(t, err)
	assert.Len(t, sessions.Items, 1)

	base := "http://" + address
	status, answer := get(t, fmt.Sprintf("%s/api/v1/query?query=%s&time=%d", base, url.QueryEscape("sum(braid_session_active)"), at.Add(40*time.Second).Unix()))
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "12", answer["data"].(map[string]any)["result"].([]any)[0].(map[string]any)["value"].([]any)[1])
	status, answer = get(t, base+"/api/v1/query?query=sum(")
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, "bad_data", answer["errorType"])
	_, answer = get(t, base+"/api/v1/label/service_name/values")
	assert.Equal(t, []any{"shop"}, answer["data"])
	_, answer = get(t, base+"/api/v1/query?query=vector(1)")
	assert.Equal(t, "success", answer["status"])

	// Another collector reads the same from the API as from a Prometheus.
	remote := start(t, &host{}, func(c *Config) { c.Metrics.Prometheus.GetOrInsertDefault().Endpoint = base })
	assert.Nil(t, remote.MetricsWriter(), "it only reads")
	end := at.Add(time.Minute)
	window := history.Window{From: at.Add(-time.Hour), To: end}
	for _, query := range []string{"braid_session_active", "sum by (service_name) (rate(braid_session_active[1m]))", "scalar(braid_session_active)", "1+1"} {
		want, err := e.Metrics("").QueryRange(t.Context(), query, at, end, 10*time.Second)
		require.NoError(t, err)
		got, err := remote.Metrics("").QueryRange(t.Context(), query, at, end, 10*time.Second)
		require.NoError(t, err, query)
		assert.Equal(t, want, got, query)
		instant, err := remote.Metrics("").Query(t.Context(), query, end)
		require.NoError(t, err, query)
		assert.Len(t, instant.Series, 1)
	}
	want, err := e.Metrics("").Series(t.Context(), []string{"braid_session_active"}, window, 0)
	require.NoError(t, err)
	got, err := remote.Metrics("").Series(t.Context(), []string{"braid_session_active"}, window, 0)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	names, err := remote.Metrics("").LabelNames(t.Context(), nil, window)
	require.NoError(t, err)
	assert.Equal(t, []string{"__name__", "job", "service_name"}, names)
	_, err = remote.Metrics("").Query(t.Context(), "sum(", end)
	require.ErrorIs(t, err, history.ErrQuery)
	other, err := remote.Metrics("other").Query(t.Context(), "braid_session_active", end)
	require.NoError(t, err)
	assert.Empty(t, other.Series, "the API answers about one tenant")
}

func TestExtension_StoresFail_StartsAndRecovers(t *testing.T) {
	h := &host{}
	dir := filepath.Join(t.TempDir(), "history")
	require.NoError(t, os.WriteFile(dir, []byte("in the way"), 0o600))
	e := start(t, h, func(c *Config) { c.Directory = dir })
	err := e.Records().Write(t.Context(), &history.Batch{Audits: []history.Audit{{ID: "a", At: time.Now()}}})
	require.ErrorIs(t, err, history.ErrUnavailable)
	_, err = e.MetricsWriter().Write(t.Context(), pmetric.NewMetrics(), time.Now())
	require.ErrorIs(t, err, history.ErrUnavailable)
	_, err = e.Metrics("").Query(t.Context(), "x", time.Now())
	require.ErrorIs(t, err, history.ErrUnavailable)
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError}, h.status)

	require.NoError(t, os.Remove(dir))
	e.tick(t.Context(), h, time.Now())
	require.NoError(t, e.Records().Write(t.Context(), &history.Batch{Audits: []history.Audit{{ID: "a", At: time.Now()}}}))
	_, err = e.MetricsWriter().Write(t.Context(), users(time.Now(), "", 1), time.Now())
	require.NoError(t, err)
	assert.Equal(t, componentstatus.StatusOK, h.status[len(h.status)-1])
}

func TestExtension_Remote_ServerDown_IsUnavailable(t *testing.T) {
	e := start(t, &host{}, func(c *Config) { c.Metrics.Prometheus.GetOrInsertDefault().Endpoint = "http://" + freeAddress(t) })
	_, err := e.Metrics("").Query(t.Context(), "x", time.Now())
	assert.ErrorIs(t, err, history.ErrUnavailable)
}
