package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/braidotel/braid/internal/action"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var secret = []byte("a secret of at least twenty-four bytes")

func proposal(a action.Arguments) *action.Proposal {
	return &action.Proposal{
		ID: "a1", Tenant: "shop", Arguments: a, Proposer: action.Proposer{By: action.ByPerson, Name: "lee"}, Reason: "disk is full",
		Mode: action.Review, Approvers: 1, Proposed: time.Now().UTC().Truncate(time.Second), Expires: time.Now().UTC().Add(time.Hour).Truncate(time.Second),
	}
}

var drain = action.Call{Webhook: "drain", Parameters: map[string]string{"node": "web-01"}}

func start(t *testing.T, answer http.HandlerFunc) *Executor {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	e, err := New([]Hook{{Name: "drain", URL: s.URL + "/hook", Tenant: "shop", Secret: secret, Timeout: time.Second}}, "drain", time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { e.hooks["drain"].client.CloseIdleConnections() })
	return e
}

func TestExecute_Request_IsTheApprovedBytesSigned(t *testing.T) {
	t.Parallel()
	verifier, err := standardwebhooks.NewWebhookRaw(secret)
	require.NoError(t, err)
	var bodies atomic.Int32
	p := proposal(drain)
	want, digest, err := p.Encode(action.DefaultLimits())
	require.NoError(t, err)
	e := start(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.NoError(t, verifier.Verify(body, r.Header))
		assert.Equal(t, p.ID, r.Header.Get("webhook-id"), "who gets it twice can tell")
		assert.Equal(t, string(want), string(body))
		assert.Equal(t, digest, r.Header.Get(DigestHeader))
		bodies.Add(1)
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write(make([]byte, 1<<20)) // nobody reads that
	})
	said, err := e.Execute(t.Context(), p)
	require.NoError(t, err)
	assert.Equal(t, "webhook drain answered 202", said)
	assert.Equal(t, int32(1), bodies.Load())
}

func TestExecute_Answers_TellWhetherItWasDone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		sure   bool
	}{
		"refused": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, true},
		"redirected": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, true},
		"broken":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, false},
		"cut off":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
		"never":       {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, false},
		"half a head": {func(w http.ResponseWriter, _ *http.Request) { half(w) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var times atomic.Int32
			e := start(t, func(w http.ResponseWriter, r *http.Request) {
				times.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				c.answer(w, r)
			})
			_, err := e.Execute(t.Context(), proposal(drain))
			require.Error(t, err)
			assert.Equal(t, c.sure, errors.Is(err, action.ErrNotDone), err)
			assert.Equal(t, int32(1), times.Load(), "sent once, followed nowhere")
		})
	}
}

func half(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_, _ = conn.Write([]byte("HTTP/1.1 200"))
		_ = conn.Close()
	}
}

func TestExecute_NotTheTenants_IsNotDone(t *testing.T) {
	t.Parallel()
	e := start(t, func(http.ResponseWriter, *http.Request) { t.Error("called") })
	other := proposal(drain)
	other.Tenant = "bank"
	for _, p := range []*action.Proposal{other, proposal(action.Call{Webhook: "none"}), proposal(action.Silence{Service: "x", Minutes: 1})} {
		_, err := e.Execute(t.Context(), p)
		require.ErrorIs(t, err, action.ErrNotDone)
	}
	for tenant, hook := range map[string]string{"bank": "drain", "shop": "none", "": "drain"} {
		_, err := e.Resolve(t.Context(), tenant, nil, action.Order{Action: action.CallWebhook, Webhook: hook})
		var wrong *action.InvalidError
		require.ErrorAs(t, err, &wrong)
	}
	got, err := e.Resolve(t.Context(), "shop", nil, action.Order{Action: action.CallWebhook, Webhook: "drain", Parameters: drain.Parameters})
	require.NoError(t, err)
	assert.Equal(t, drain, got)
}

func TestExecute_EndSession_GoesToItsWebhook(t *testing.T) {
	t.Parallel()
	var times atomic.Int32
	e := start(t, func(http.ResponseWriter, *http.Request) { times.Add(1) })
	a, err := e.Resolve(t.Context(), "shop", nil, action.Order{Action: action.EndSession, Session: "s1"})
	require.NoError(t, err)
	_, err = e.Execute(t.Context(), proposal(a))
	require.NoError(t, err)
	assert.Equal(t, int32(1), times.Load())
	seen, err := e.Look(t.Context(), proposal(a))
	require.NoError(t, err)
	assert.Empty(t, seen)
}

func TestExecute_NobodyListens_IsNotDone(t *testing.T) {
	t.Parallel()
	e, err := New([]Hook{{Name: "drain", URL: "http://127.0.0.1:1/secret-path", Tenant: "shop", Secret: secret}}, "", time.Now)
	require.NoError(t, err)
	_, err = e.Execute(context.Background(), proposal(drain))
	require.ErrorIs(t, err, action.ErrNotDone)
	assert.NotContains(t, err.Error(), "secret-path")
}

func TestNew_BadHooks_SayWhatToChange(t *testing.T) {
	t.Parallel()
	for want, h := range map[string]Hook{
		"secret: has 5 bytes":              {Name: "a", URL: "https://x.test", Secret: []byte("short")},
		"must be https":                    {Name: "a", URL: "http://x.test", Secret: secret},
		"scheme \"ftp\"":                   {Name: "a", URL: "ftp://x.test", Secret: secret},
		"neither credentials nor":          {Name: "a", URL: "https://u:p@x.test", Secret: secret},
		"is no address such as https://au": {Name: "a", URL: "drain", Secret: secret},
	} {
		_, err := New([]Hook{h}, "", time.Now)
		assert.ErrorContains(t, err, want)
	}
	_, err := New(nil, "gone", time.Now)
	assert.ErrorContains(t, err, `there is no webhook "gone"`)
}
