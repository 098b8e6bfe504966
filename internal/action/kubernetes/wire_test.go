package kubernetes

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/action"
)

// apiServer answers as an API server does; what it is sent is written down.
type apiServer struct {
	mu   sync.Mutex
	sent []string
}

func (s *apiServer) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

func connected(t *testing.T, answer http.HandlerFunc) (*Executor, *apiServer) {
	t.Helper()
	s := &apiServer{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.sent = append(s.sent, fmt.Sprintf("%s %s %s %s", r.Method, r.URL, r.Header.Get("Content-Type"), body))
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	config, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"contexts": []any{map[string]any{"name": "c", "context": map[string]any{"cluster": "c", "user": "u"}}},
		"clusters": []any{map[string]any{"name": "c", "cluster": map[string]any{"server": server.URL}}},
		"users":    []any{map[string]any{"name": "u", "user": map[string]any{"token": "t"}}},
	})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(file, config, 0o600))
	e, err := Connect(Cluster{Kubeconfig: file, Timeout: 2 * time.Second})
	require.NoError(t, err)
	return e, s
}

// What goes over the wire are patches, of the scale alone, and each of them once.
func TestExecute_OverTheWire_PatchesTheScale(t *testing.T) {
	e, s := connected(t, func(w http.ResponseWriter, r *http.Request) {
		replicas := 3
		if r.URL.Query().Get("dryRun") == "" {
			replicas = 6
		}
		_, _ = fmt.Fprintf(w, `{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"payment","namespace":"shop"},"spec":{"replicas":%d},"status":{"replicas":3}}`, replicas)
	})
	a, err := e.Resolve(t.Context(), "", payment, action.Order{Action: action.ScaleWorkload, Factor: 2})
	require.NoError(t, err)
	said, err := e.Execute(t.Context(), proposal(a))
	require.NoError(t, err)
	assert.Equal(t, "Deployment shop/payment has 6 replicas now", said)
	seen, err := e.Look(t.Context(), proposal(a))
	require.NoError(t, err)
	assert.Equal(t, "Deployment shop/payment wants 3 replicas and has 3", seen)
	const at = "PATCH /apis/apps/v1/namespaces/shop/deployments/payment/scale?"
	dry := at + "dryRun=All&fieldManager=braid&timeout=2s application/merge-patch+json {}"
	assert.Equal(t, []string{
		dry, at + `fieldManager=braid&timeout=2s application/json-patch+json [{"op":"test","path":"/spec/replicas","value":3},{"op":"replace","path":"/spec/replicas","value":6}]`, dry,
	}, s.requests())
}

func TestExecute_AnswersOfTheServer_TellWhetherItWasDone(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(code)
			_, _ = fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","code":%d}`, code)
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		sure   bool
	}{
		"the test failed": {status(http.StatusUnprocessableEntity), true},
		"forbidden":       {status(http.StatusForbidden), true},
		"too busy":        {status(http.StatusTooManyRequests), true},
		"broken":          {status(http.StatusInternalServerError), false},
		"unavailable":     {status(http.StatusServiceUnavailable), false},
		"cut off":         {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
	} {
		e, s := connected(t, c.answer)
		_, err := e.Execute(t.Context(), proposal(action.Scale{Workload: payment.Workload, From: 3, To: 6}))
		require.Error(t, err, name)
		assert.Equal(t, c.sure, errors.Is(err, action.ErrNotDone), "%s: %v", name, err)
		assert.Len(t, s.requests(), 1, "%s: sent once", name)
	}
}
