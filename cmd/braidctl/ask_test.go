package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

// said is an answer with everything that is printed, and a name that tries to steer the terminal.
const said = `{"outcome":"answer","language":"en","intent":"region_load",
"reading":[{"part":"intent","label":"load by region","value":"region_load"},{"part":"time","label":"now","value":"now"}],
"headline":[{"text":"Busan is busiest with "},{"text":"92 users","fact":"f1"},{"text":"."}],
"key":["f1"],
"facts":[{"id":"f1","name":"users in Busan","value":92,"text":"92 users","window":{"start":"2026-11-18T14:25:00+09:00","end":"2026-11-18T14:30:00+09:00"},"source":"q1"},
 {"id":"f2","name":"not shown","value":1,"text":"1","window":{"start":"2026-11-18T14:25:00+09:00","end":"2026-11-18T14:30:00+09:00"},"source":"q2"}],
"findings":[{"severity":"critical","text":[{"text":"Busan \u001b[31mis red"}]}],
"tables":[{"title":"Regions","columns":[{"name":"Region"},{"name":"Users","unit":"{user}"}],"rows":[[{"text":"Busan"},{"text":"92"}]],"truncated":true}],
"follow_ups":["why?"],"data_quality":{"complete":false,"late_s":0,"sampled":false,"notes":["disk: no data"]},"time_zone":"Asia/Seoul","at":"2026-11-18T14:30:00+09:00"}`

func asked(t *testing.T, body string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"ask", "--assistant", server.URL}, args...), &out, &errs)
	return out.String(), errs.String(), code
}

func TestAsk_Answer_IsPrintedForAReader(t *testing.T) {
	out, errs, code := asked(t, said, "which", "region", "is", "busiest?")
	assert.Zero(t, code, errs)
	assert.Equal(t, `(load by region · now)
Busan is busiest with 92 users.
  !! Busan [31mis red
  users in Busan  92 users  11-18 14:25–14:30  q1

Regions
Region  Users
Busan   92
…
! disk: no data
→ why?
`, out)
}

func TestAsk_JSON_IsTheAnswerItself(t *testing.T) {
	out, _, code := asked(t, said, "--json", "?")
	assert.Zero(t, code)
	assert.JSONEq(t, said, out)
}

func TestAsk_Declined_Fails(t *testing.T) {
	out, errs, code := asked(t, `{"outcome":"decline","headline":[{"text":"Only questions about operations."}],"follow_ups":["what can I ask?"]}`, "lunch?")
	assert.Equal(t, exitFailure, code)
	assert.Equal(t, "Only questions about operations.\n→ what can I ask?\n", out)
	assert.Contains(t, errs, "the question was not answered")
}

func TestAsk_BadFlags_NameTheFlagAndTheFix(t *testing.T) {
	_, errs, _ := asked(t, said, "--language", "fr", "?")
	assert.Contains(t, errs, `--language "fr" must be ko or en`)
	_, errs, _ = asked(t, said, "--authorization-env", "BRAID_NOT_SET", "?")
	assert.Contains(t, errs, "--authorization-env BRAID_NOT_SET: that variable is empty")
}
