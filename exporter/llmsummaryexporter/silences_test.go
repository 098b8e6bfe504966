package llmsummaryexporter

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/pager"
)

const nobodyFile = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"

func TestSilences_API_IsAlertmanagersAndClosedToOtherSites(t *testing.T) {
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	require.NoError(t, os.WriteFile(file, []byte(nobodyFile), 0o600))
	p, err := pager.Start(pager.Settings{File: file, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer p.Stop()
	server := httptest.NewServer((&silencesAPI{pager: p}).handler(false))
	defer server.Close()
	ask := func(method, path, body string, change func(*http.Request)) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		if change != nil {
			change(r)
		}
		response, err := server.Client().Do(r)
		require.NoError(t, err)
		defer response.Body.Close()
		raw, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(raw)
	}
	good := fmt.Sprintf(`{"matchers":[{"name":"service","value":"payment","isRegex":false}],"startsAt":%q,"endsAt":%q,"createdBy":"kim","comment":"maintenance"}`,
		time.Now().Format(time.RFC3339), time.Now().Add(time.Hour).Format(time.RFC3339))
	for name, tt := range map[string]struct {
		body   string
		change func(*http.Request)
		want   int
	}{
		"another site":       {good, func(r *http.Request) { r.Header.Set("Origin", "https://example.org") }, http.StatusForbidden},
		"fetched from one":   {good, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		"a name made up":     {good, func(r *http.Request) { r.Host = "rebound.example.org" }, http.StatusForbidden},
		"a form":             {good, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, http.StatusUnsupportedMediaType},
		"not JSON":           {"x", nil, http.StatusBadRequest},
		"nobody's":           {strings.Replace(good, `"kim"`, `""`, 1), nil, http.StatusBadRequest},
		"matching all":       {`{"matchers":[]}`, nil, http.StatusBadRequest},
		"one that is not":    {strings.Replace(good, "{", `{"id":"none",`, 1), nil, http.StatusNotFound},
		"a bad expression":   {strings.NewReplacer(`"payment"`, `"("`, "false", "true").Replace(good), nil, http.StatusBadRequest},
		"a name of no label": {strings.Replace(good, `"service"`, `""`, 1), nil, http.StatusBadRequest},
	} {
		status, body := ask(http.MethodPost, "/api/v2/silences", tt.body, tt.change)
		assert.Equal(t, tt.want, status, "%s: %s", name, body)
	}
	status, body := ask(http.MethodPost, "/api/v2/silences", good, nil)
	require.Equal(t, http.StatusOK, status, body)
	var made struct{ SilenceID string }
	require.NoError(t, json.Unmarshal([]byte(body), &made))
	status, body = ask(http.MethodGet, "/api/v2/silences", "", nil)
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, `"status":{"state":"active"}`)
	assert.Contains(t, body, made.SilenceID)
	status, _ = ask(http.MethodDelete, "/api/v2/silence/"+made.SilenceID, "", nil)
	assert.Equal(t, http.StatusOK, status)
	_, body = ask(http.MethodGet, "/api/v2/silences", "", nil)
	assert.Contains(t, body, `"status":{"state":"expired"}`)
	status, _ = ask(http.MethodDelete, "/api/v2/silence/none", "", nil)
	assert.Equal(t, http.StatusNotFound, status)
}
