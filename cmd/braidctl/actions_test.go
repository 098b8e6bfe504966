package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

const waiting = `[{"id":"act-1","kind":"scale_workload","action":"Set the replicas of Deployment shop/payment from 3 to 6","effect":"x","blast_radius":"No interruption.",
"because":"slow \u001b[31mtoday","evidence":[{"source":"traces","text":"self_time 0.8 s"}],"proposed":"2026-11-18T03:00:00Z","expires":"2026-11-18T03:10:00Z","proposer":"lee",
"status":"unknown","decided_by":"kim","reason":"go on","result":"Not known.","verdict":"no_data","digest":"ab","document":"{}"}]`

func TestActions_List_IsPrintedAndNothingElse(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.String())
		_, _ = io.WriteString(w, waiting)
	}))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	call := func(args ...string) (string, int) {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"actions", "--assistant", server.URL}, args...), &out, &errs)
		return out.String(), code
	}
	out, code := call("--status", "all", "--language", "ko")
	assert.Zero(t, code)
	assert.Equal(t, `act-1  unknown  Set the replicas of Deployment shop/payment from 3 to 6
  No interruption.
  proposed by lee at 2026-11-18 03:00:00Z, expires 2026-11-18 03:10:00Z: slow [31mtoday
  - traces: self_time 0.8 s
  decided by kim: go on
  Not known. no_data
  sha256 ab
`, out)
	out, code = call("--json")
	assert.Zero(t, code)
	assert.JSONEq(t, waiting, out)
	_, code = call("approve", "act-1")
	assert.NotZero(t, code, "deciding is for the page")
	assert.Equal(t, []string{"GET /api/v1/approvals?language=ko&status=all", "GET /api/v1/approvals?language=en&status=pending"}, got)
}
