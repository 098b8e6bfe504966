package alertmanager

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/braidotel/braid/internal/action"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestExecute_Silence_IsForOneServiceOfOneTenant(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 18, 3, 0, 0, 0, time.UTC)
	var got map[string]any
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "POST /am/api/v2/silences", r.Method+" "+r.URL.Path)
		assert.Equal(t, "Bearer token", r.Header.Get("Authorization"))
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.NoError(t, json.Unmarshal(body, &got))
		_, _ = w.Write([]byte(`{"silenceID":"x"}`))
	}))
	defer s.Close()
	e, err := New(Settings{Endpoint: s.URL + "/am/", Label: "service", TenantLabel: "tenant", Token: "token"}, func() time.Time { return noon })
	require.NoError(t, err)
	defer e.client.CloseIdleConnections()
	a, err := e.Resolve(t.Context(), "shop", &action.Service{Name: "payment"}, action.Order{Minutes: 30})
	require.NoError(t, err)
	p := &action.Proposal{ID: "a1", Tenant: "shop", Arguments: a, Reason: "maintenance", Proposer: action.Proposer{Name: "lee"}}
	said, err := e.Execute(t.Context(), p)
	require.NoError(t, err)
	assert.Equal(t, "alerts of payment are silent until 2026-11-18T03:30:00Z", said)
	assert.Equal(t, map[string]any{
		"matchers": []any{
			map[string]any{"name": "service", "value": "payment", "isRegex": false, "isEqual": true},
			map[string]any{"name": "tenant", "value": "shop", "isRegex": false, "isEqual": true},
		},
		"startsAt": "2026-11-18T03:00:00Z", "endsAt": "2026-11-18T03:30:00Z", "createdBy": "Braid", "comment": "Action a1, proposed by lee: maintenance",
	}, got)

	p.Arguments = action.End{Session: "s"}
	_, err = e.Execute(t.Context(), p)
	require.ErrorIs(t, err, action.ErrNotDone)
	seen, err := e.Look(t.Context(), p)
	require.NoError(t, err)
	assert.Empty(t, seen)
	_, err = New(Settings{Endpoint: "http://alerts.test"}, time.Now)
	assert.ErrorContains(t, err, "https")
}
