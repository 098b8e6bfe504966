package assistantextension

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/braidotel/braid/extension/assistantextension/internal/metadata"
	"github.com/braidotel/braid/extension/historyextension"
	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/periodical"
	"github.com/braidotel/braid/internal/query"
)

// remembering is a history in a folder of the test, which ends with it.
func remembering(t *testing.T) component.Component {
	t.Helper()
	factory := historyextension.NewFactory()
	cfg := factory.CreateDefaultConfig().(*historyextension.Config)
	cfg.Directory = t.TempDir()
	ext, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, ext.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, ext.Shutdown(context.Background())) })
	return ext
}

// From the question over the wire down to the stores and back.
func TestAssistant_OverTheHistory_AnswersFromWhatIsThere(t *testing.T) {
	store := remembering(t)
	cfg := createDefaultConfig().(*Config)
	cfg.HTTP.NetAddr.Endpoint, cfg.TimeZone, cfg.Knowledge.Sample = "127.0.0.1:0", "Asia/Seoul", true
	cfg.Reports = []ReportConfig{{Config: periodical.Config{Name: "weekly", Cron: "@weekly"}}} // of which there is no data
	a, err := newAssistant(extensiontest.NewNopSettings(metadata.Type), cfg, newService)
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context(), host{cfg.History: store}))
	t.Cleanup(func() { require.NoError(t, a.Shutdown(context.Background())) })
	read := func(method, path, body string, into any) {
		t.Helper()
		status, text := fetch(t, a, method, path, body, nil)
		require.Equal(t, http.StatusOK, status, text)
		require.NoError(t, json.Unmarshal([]byte(text), into), text)
	}

	var arrived query.Arrivals
	read(http.MethodGet, "/api/v1/arrivals", "", &arrived)
	assert.Zero(t, arrived.Spans+arrived.Logs+arrived.Points+arrived.Records, "an empty install")

	start := time.Now().Add(-time.Hour).Truncate(time.Second)
	require.NoError(t, store.(history.Provider).Records().Write(t.Context(), &history.Batch{
		Sessions: []history.Session{{ID: "first", Start: start, Last: start.Add(50 * time.Minute)}},
	}))
	var page query.SessionPage
	read(http.MethodGet, "/api/v1/sessions", "", &page)
	require.Len(t, page.Sessions, 1)
	assert.Equal(t, "first", page.Sessions[0].ID)
	var detail query.SessionDetail
	read(http.MethodGet, "/api/v1/sessions/first", "", &detail)
	assert.True(t, detail.Start.Equal(start))

	var said answer.Answer
	read(http.MethodPost, "/api/v1/ask", `{"question":"오늘 점심 뭐 먹지?"}`, &said)
	assert.Equal(t, answer.OutcomeDecline, said.Outcome)
	assert.Equal(t, "ko", said.Language)
	assert.NotEmpty(t, said.FollowUps)
	read(http.MethodPost, "/api/v1/ask", `{"question":"Who has been connected for over 30 minutes?"}`, &said)
	assert.Equal(t, "abnormal_sessions", said.Intent)
	assert.Equal(t, "Asia/Seoul", said.TimeZone)
	read(http.MethodPost, "/api/v1/ask", `{"question":"what to do when the db connection pool is exhausted?"}`, &said)
	assert.Equal(t, answer.OutcomeAnswer, said.Outcome)
	require.NotEmpty(t, said.Tables)
	assert.Equal(t, "sample/runbooks/payment-timeouts.en.md#the-connection-pool-is-exhausted", said.Tables[0].Source)
	for _, path := range []string{"/now?language=ko", "/examples?language=en", "/incidents", "/reports", "/approvals"} {
		var list []json.RawMessage
		read(http.MethodGet, "/api/v1"+path, "", &list)
	}
	status, _ := fetch(t, a, http.MethodGet, "/api/v1/sessions/none", "", nil)
	assert.Equal(t, http.StatusNotFound, status)
}

func TestMachineZone_FromTheEnvironment_OrUTC(t *testing.T) {
	for env, want := range map[string]string{"Asia/Seoul": "Asia/Seoul", ":Europe/Berlin": "Europe/Berlin", "Mars/Base": "UTC", "Local": "UTC"} {
		t.Setenv("TZ", env)
		assert.Equal(t, want, machineZone())
	}
}
