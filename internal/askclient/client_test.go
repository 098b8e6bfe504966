package askclient

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/braidotel/braid/internal/query"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers with handlers by method and path.
func serve(t *testing.T, handlers map[string]http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, ok := handlers[r.Method+" "+r.URL.Path]
		if !assert.True(t, ok, "%s %s", r.Method, r.URL.Path) {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		handler(w, r)
	}))
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		server.Close()
	})
	return &Client{URL: server.URL, Authorization: "Bearer x"}
}

func TestAsk_SendsTheQuestion_ReturnsTheAnswer(t *testing.T) {
	c := serve(t, map[string]http.HandlerFunc{"POST /api/v1/ask": func(w http.ResponseWriter, r *http.Request) {
		var q query.Question
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&q))
		assert.Equal(t, query.Question{Text: "why?", Language: "en"}, q)
		assert.Equal(t, "Bearer x", r.Header.Get("Authorization"))
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		_, _ = io.WriteString(w, `{"outcome":"answer"}`)
	}})
	body, err := c.Ask(t.Context(), query.Question{Text: "why?", Language: "en"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"outcome":"answer"}`, string(body))
}

func TestWriteReport_CarriesTheToken(t *testing.T) {
	c := serve(t, map[string]http.HandlerFunc{
		"GET /api/v1/me": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"csrf_token":"t1"}`) },
		"POST /api/v1/reports": func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "t1", r.Header.Get("X-Braid-Token"))
			_, _ = io.WriteString(w, `{"id":"r 1"}`)
		},
		"GET /api/v1/reports/r 1.md": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "# text") },
	})
	report, err := c.WriteReport(t.Context(), query.ReportRequest{Period: "this_week"})
	require.NoError(t, err)
	text, err := c.Report(t.Context(), report.ID, "md")
	require.NoError(t, err)
	assert.Equal(t, "# text", string(text))
}

func TestAsk_Refused_SaysWhatTheAssistantSays(t *testing.T) {
	for body, want := range map[string]string{
		`{"title":"invalid","detail":"question: is empty; ask something"}`: "question: is empty; ask something",
		`<html>`: "the assistant answers 400 Bad Request",
	} {
		c := serve(t, map[string]http.HandlerFunc{"POST /api/v1/ask": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, body)
		}})
		_, err := c.Ask(t.Context(), query.Question{})
		require.EqualError(t, err, want)
	}
}
