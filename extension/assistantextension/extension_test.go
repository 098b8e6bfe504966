package assistantextension

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/basicauthextension"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/braidotel/braid/extension/assistantextension/internal/fixture"
	"github.com/braidotel/braid/extension/assistantextension/internal/metadata"
	"github.com/braidotel/braid/extension/assistantextension/internal/metadatatest"
	"github.com/braidotel/braid/internal/knowledge"
	"github.com/braidotel/braid/internal/query"
)

func shop(*Config, component.Host, *knowledge.Library) (query.Service, error) {
	return fixture.New(fixture.Options{}), nil
}

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

// started is an assistant on a free port, which ends with the test.
func started(t *testing.T, telemetry *componenttest.Telemetry, host component.Host, change func(*Config)) *assistant {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.HTTP.NetAddr.Endpoint = "127.0.0.1:0"
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	set := extensiontest.NewNopSettings(metadata.Type)
	if telemetry != nil {
		set.TelemetrySettings = telemetry.NewTelemetrySettings()
	}
	a, err := newAssistant(set, cfg, shop)
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context(), host))
	t.Cleanup(func() { require.NoError(t, a.Shutdown(context.Background())) })
	return a
}

func fetch(t *testing.T, a *assistant, method, path, body string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+a.address.String()+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(r)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func TestAssistant_Started_ServesPageAndAnswers(t *testing.T) {
	telemetry := componenttest.NewTelemetry()
	a := started(t, telemetry, componenttest.NewNopHost(), nil)
	status, page := fetch(t, a, http.MethodGet, "/", "", nil)
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, `id="app"`)
	status, text := fetch(t, a, http.MethodPost, "/api/v1/ask", `{"question":"오늘은 시스템이 왜 이래?"}`, nil)
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, `"intent":"root_cause"`)
	status, _ = fetch(t, a, http.MethodPost, "/api/v1/approvals/act-1/approve", `{"reason":"x"}`, nil)
	assert.Equal(t, http.StatusForbidden, status, "approvals without authentication are an explicit choice")

	requests, err := telemetry.GetMetric("otelcol_extension_assistant_requests")
	require.NoError(t, err)
	assert.NotNil(t, requests)
	_, err = telemetry.GetMetric("otelcol_extension_assistant_duration")
	require.NoError(t, err)
	metadatatest.AssertEqualExtensionAssistantRejected(t, telemetry, rejected("role"), ignoringTime...)
	require.NoError(t, telemetry.Shutdown(context.Background()))
}

func TestAssistant_BodyTooLarge_IsRefused(t *testing.T) {
	a := started(t, nil, componenttest.NewNopHost(), nil)
	status, text := fetch(t, a, http.MethodPost, "/api/v1/ask", `{"question":"`+strings.Repeat("x", maxBody)+`"}`, nil)
	assert.Equal(t, http.StatusRequestEntityTooLarge, status)
	assert.Contains(t, text, "65536 bytes")
}

func TestAssistant_CompressedBody_IsNotUnpacked(t *testing.T) {
	a := started(t, nil, componenttest.NewNopHost(), nil)
	status, _ := fetch(t, a, http.MethodPost, "/api/v1/ask", "\x1f\x8b", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") })
	assert.Equal(t, http.StatusBadRequest, status)
}

// The whole way: a real authenticator, over the wire, for every kind of caller.
func TestAssistant_Authenticated_RolesDecide(t *testing.T) {
	factory := basicauthextension.NewFactory()
	authConfig := factory.CreateDefaultConfig().(*basicauthextension.Config)
	authConfig.Htpasswd = &basicauthextension.HtpasswdSettings{Inline: "kim:one\nlee:two\npark:three"}
	authenticator, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), authConfig)
	require.NoError(t, err)
	require.NoError(t, authenticator.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, authenticator.Shutdown(context.Background())) })

	a := started(t, nil, host{component.MustNewID("basicauth"): authenticator}, func(c *Config) {
		authenticated(c)
		c.Access.Rules = []RuleConfig{
			{Names: []string{"kim"}, Roles: []string{roleViewer, roleOperator, roleApprover}},
			{Names: []string{"lee"}, Roles: []string{roleViewer}},
		}
	})
	as := func(name, password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(name, password) }
	}
	for name, c := range map[string]struct {
		caller func(*http.Request)
		path   string
		want   int
	}{
		"nobody, the page":        {nil, "/", 401},
		"nobody, the API":         {nil, "/api/v1/me", 401},
		"wrong password":          {as("kim", "two"), "/api/v1/me", 401},
		"approver":                {as("kim", "one"), "/api/v1/me", 200},
		"viewer":                  {as("lee", "two"), "/api/v1/sessions", 200},
		"known, but without role": {as("park", "three"), "/api/v1/me", 403},
		"without role, sessions":  {as("park", "three"), "/api/v1/sessions/s-0001", 403},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := fetch(t, a, http.MethodGet, c.path, "", c.caller)
			assert.Equal(t, c.want, status, text)
		})
	}
	assert.Equal(t, []component.ID{component.MustNewID("history"), component.MustNewID("basicauth")}, a.Dependencies())

	// Every operation of the document, the nameless last: a few of them and the address has to wait.
	_, text := fetch(t, a, http.MethodGet, "/api/v1/openapi.json", "", as("kim", "one"))
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	require.NotEmpty(t, document.Paths)
	everyOperation(t, a, document.Paths, as("park", "three"), http.StatusForbidden)
	everyOperation(t, a, document.Paths, nil, http.StatusUnauthorized, http.StatusTooManyRequests)
}

func everyOperation(t *testing.T, a *assistant, paths map[string]map[string]any, caller func(*http.Request), want ...int) {
	t.Helper()
	for path, operations := range paths {
		for method := range operations {
			status, _ := fetch(t, a, strings.ToUpper(method), "/api/v1"+strings.NewReplacer("{", "", "}", "").Replace(path), "{}", caller)
			assert.Contains(t, want, status, "%s %s", method, path)
		}
	}
}

func TestAssistant_Start_Failures_SayWhatToChange(t *testing.T) {
	set := extensiontest.NewNopSettings(metadata.Type)
	cfg := createDefaultConfig().(*Config)
	ext, err := NewFactory().Create(t.Context(), set, cfg)
	require.NoError(t, err)
	require.ErrorContains(t, ext.Start(t.Context(), componenttest.NewNopHost()), `history: there is no extension "history"; add it to service::extensions`)
	require.NoError(t, ext.Shutdown(t.Context()))

	nop, err := extensiontest.NewNopFactory().Create(t.Context(), extensiontest.NewNopSettings(extensiontest.NopType), nil)
	require.NoError(t, err)
	ext, err = NewFactory().Create(t.Context(), set, cfg)
	require.NoError(t, err)
	require.ErrorContains(t, ext.Start(t.Context(), host{cfg.History: nop}), `history: the extension "history" keeps no history`)
	require.NoError(t, ext.Shutdown(t.Context()))

	busy, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = busy.Close() }()
	cfg = createDefaultConfig().(*Config)
	cfg.HTTP.NetAddr.Endpoint = busy.Addr().String()
	ext, err = newAssistant(set, cfg, shop)
	require.NoError(t, err)
	require.ErrorContains(t, ext.Start(t.Context(), componenttest.NewNopHost()), "http::endpoint")
	require.NoError(t, ext.Shutdown(t.Context()))

	cfg = createDefaultConfig().(*Config)
	authenticated(cfg)
	ext, err = newAssistant(set, cfg, shop)
	require.NoError(t, err)
	require.ErrorContains(t, ext.Start(t.Context(), host{}), "basicauth")
	require.NoError(t, ext.Shutdown(t.Context()))
}

func TestAssistant_Shutdown_EndsStreamsAndIsIdempotent(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.HTTP.NetAddr.Endpoint = "127.0.0.1:0"
	a, err := newAssistant(extensiontest.NewNopSettings(metadata.Type), cfg, shop)
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context(), componenttest.NewNopHost()))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.address.String()+"/api/v1/stream", http.NoBody)
	require.NoError(t, err)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(r)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	_, err = response.Body.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, a.Shutdown(t.Context()))
	require.NoError(t, a.Shutdown(t.Context()))
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
}

var _ extension.Extension = (*assistant)(nil)
