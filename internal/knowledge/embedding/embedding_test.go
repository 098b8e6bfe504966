package embedding

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func serve(t *testing.T, timeout time.Duration, handle http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	c, err := New(Options{Endpoint: s.URL + "/v1", Model: "m", Key: "k", Timeout: timeout, Client: s.Client()})
	require.NoError(t, err)
	return c
}

func TestEmbed_Texts_GiveVectorsInTheirOrder(t *testing.T) {
	c := serve(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Model string   `json:"model"`
			Input []string `json:"input"`
		}
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&asked))
		assert.Equal(t, "/v1/embeddings", r.URL.Path)
		assert.Equal(t, "Bearer k", r.Header.Get("Authorization"))
		assert.Equal(t, []string{"a", "b"}, asked.Input)
		_, _ = w.Write([]byte(`{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}]}`))
	})
	got, err := c.Embed(t.Context(), []string{"a", "b"})
	require.NoError(t, err)
	assert.Equal(t, [][]float32{{1}, {2}}, got)
}

func TestEmbed_HostileEndpoint_IsAnError(t *testing.T) {
	for name, body := range map[string]string{
		"not JSON": "<html>", "no such text": `{"data":[{"index":7,"embedding":[1]}]}`, "missing": `{"data":[]}`,
	} {
		c := serve(t, time.Minute, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
		_, err := c.Embed(t.Context(), []string{"a"})
		assert.Error(t, err, name)
	}
	c := serve(t, time.Minute, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	_, err := c.Embed(t.Context(), []string{"a"})
	require.ErrorContains(t, err, "429")
	c = serve(t, 50*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the client has gone
		<-r.Context().Done()
	})
	_, err = c.Embed(t.Context(), []string{"a"})
	require.ErrorContains(t, err, "deadline")
}

func TestNew_BadOptions_NameTheField(t *testing.T) {
	_, err := New(Options{Endpoint: "localhost", Model: "m"})
	require.ErrorContains(t, err, "endpoint")
	_, err = New(Options{Endpoint: "http://localhost"})
	require.ErrorContains(t, err, "model")
}
