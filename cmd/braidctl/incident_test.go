package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestIncident_Explain_PrintsTheEvidence(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/api/v1/incidents/inc-1", r.URL.Path)
		_, _ = io.WriteString(w, `{"outcome":"answer","headline":[{"text":"cart is slow"}],"tables":[{"title":"Evidence","columns":[{"name":"place"}],"rows":[[{"text":"cart-db"}]]}]}`)
	}))
	defer server.Close()
	for explain, shown := range map[string]bool{"--explain=true": true, "--explain=false": false} {
		var out, errs bytes.Buffer
		assert.Zero(t, run(t.Context(), []string{"incident", "inc-1", "--assistant", server.URL, explain}, &out, &errs), errs.String())
		assert.Contains(t, out.String(), "cart is slow")
		assert.Equal(t, shown, bytes.Contains(out.Bytes(), []byte("cart-db")))
	}
}
