package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/query"
)

// examples is a request for every route: a route without one fails the test that goes through them.
var examples = map[string]struct{ path, body string }{
	"ask":           {"/ask", `{"question":"왜 이래?"}`},
	"examples":      {"/examples?language=ko", ""},
	"now":           {"/now?language=en", ""},
	"arrivals":      {"/arrivals", ""},
	"sessions":      {"/sessions?limit=2&region=seoul", ""},
	"session_table": {"/sessions.csv?region=busan", ""},
	"session":       {"/sessions/s-0002", ""},
	"trace":         {"/traces/4bf92f3577b34da6a3ce929d0e0e4736", ""},
	"incidents":     {"/incidents?status=open", ""},
	"incident":      {"/incidents/inc-20261118-1?language=en", ""},
	"reports":       {"/reports", ""},
	"write_report":  {"/reports", `{"period":"this_week","audience":"ops","language":"en"}`},
	"report":        {"/reports/r-2026-46-ops.html", ""},
	"approvals":     {"/approvals?status=pending", ""},
	"propose":       {"/approvals", `{"text":"payment 파드를 2배로 늘려줘"}`},
	"decide":        {"/approvals/act-1/deny", `{"reason":"not tonight"}`},
	"me":            {"/me", ""},
	"stream":        {"/stream", ""},
	"openapi":       {"/openapi.json", ""},
}

// Every route against every set of roles: allowed exactly where the route table says.
func TestRoutes_EveryRoleSet_IsLetInByTheTable(t *testing.T) {
	for bits := range 8 {
		roles := query.Roles{View: bits&1 != 0, Operate: bits&2 != 0, Approve: bits&4 != 0}
		b := newBench(t, query.Caller{Name: "lee", Roles: roles}, nil)
		for _, r := range routes {
			example, ok := examples[r.name]
			require.True(t, ok, "give the route %s an example here", r.name)
			response := b.call(r.method, prefix+example.path, example.body)
			want := http.StatusForbidden
			if r.role.held(roles) {
				want = http.StatusOK
			}
			assert.Equal(t, want, response.StatusCode, "%s with %+v", r.name, roles)
		}
	}
}

func TestRoutes_NobodyKnown_AreForbidden(t *testing.T) {
	b := newBench(t, query.Caller{}, func(o *Options) {
		o.Caller = func(context.Context) (query.Caller, error) { return query.Caller{}, query.ErrForbidden }
	})
	for _, r := range routes {
		response := b.call(r.method, prefix+examples[r.name].path, examples[r.name].body)
		assert.Equal(t, http.StatusForbidden, response.StatusCode, r.name)
	}
	assert.Equal(t, len(routes), b.tally.rejections(ReasonRole))
}

func TestRoutes_Writes_NeedTheCallersOwnToken(t *testing.T) {
	b := newBench(t, everything, nil)
	other := everything
	other.Tenant = "bank"
	for _, r := range routes {
		if !r.writes() {
			continue
		}
		for _, token := range []string{"", "x", b.server.tokens.of(other)} {
			response := b.call(r.method, prefix+examples[r.name].path, examples[r.name].body, tokenHeader, token)
			assert.Equal(t, http.StatusForbidden, response.StatusCode, r.name)
			assert.Equal(t, "csrf", readProblem(t, response).Code, r.name)
		}
	}
	assert.Equal(t, 9, b.tally.rejections(ReasonCSRF))
}

func TestGuard_HostAndOrigin_AreOurs(t *testing.T) {
	b := newBench(t, everything, func(o *Options) { o.Hosts = []string{"braid.example"} })
	own := strings.TrimPrefix(b.http.URL, "http://")
	for name, c := range map[string]struct {
		path    string
		headers []string
		want    int
		reason  Reason
	}{
		"own address":             {"/", nil, 200, ""},
		"localhost":               {"/", []string{"Host", "localhost:4380"}, 200, ""},
		"IPv6":                    {"/", []string{"Host", "[::1]:4380"}, 200, ""},
		"configured name":         {"/", []string{"Host", "Braid.Example."}, 200, ""},
		"name rebound to us":      {"/", []string{"Host", "attacker.test"}, 403, ReasonHost},
		"name that looks alike":   {"/", []string{"Host", "localhost.attacker.test"}, 403, ReasonHost},
		"no name":                 {"/", []string{"Host", " "}, 403, ReasonHost},
		"own origin":              {prefix + "/me", []string{"Origin", "http://" + own}, 200, ""},
		"foreign origin":          {prefix + "/me", []string{"Origin", "http://attacker.test"}, 403, ReasonOrigin},
		"origin null":             {prefix + "/me", []string{"Origin", "null"}, 403, ReasonOrigin},
		"foreign page's image":    {prefix + "/now", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403, ReasonOrigin},
		"foreign page's frame":    {prefix + "/reports/r.html", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403, ReasonOrigin},
		"link from elsewhere":     {"/", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200, ""},
		"same site, other origin": {"/assets/page.js", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors"}, 403, ReasonOrigin},
	} {
		t.Run(name, func(t *testing.T) {
			before := b.tally.rejections(c.reason)
			response := b.call(http.MethodGet, c.path, "", c.headers...)
			assert.Equal(t, c.want, response.StatusCode)
			if c.reason != "" {
				assert.Equal(t, before+1, b.tally.rejections(c.reason))
			}
		})
	}
}

func TestGuard_CrossSitePost_IsRefused(t *testing.T) {
	b := newBench(t, everything, nil)
	for _, headers := range [][]string{
		{"Origin", "http://attacker.test"},
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
	} {
		response := b.call(http.MethodPost, prefix+"/ask", `{"question":"왜"}`, headers...)
		assert.Equal(t, http.StatusForbidden, response.StatusCode, headers)
	}
}

func TestRate_Burst_IsToldWhenToComeBack(t *testing.T) {
	b := newBench(t, everything, func(o *Options) { o.Rate, o.Burst = 0.001, 3 })
	for range 3 {
		assert.Equal(t, http.StatusOK, b.call(http.MethodGet, prefix+"/me", "").StatusCode)
	}
	response := b.call(http.MethodGet, prefix+"/me", "")
	assert.Equal(t, http.StatusTooManyRequests, response.StatusCode)
	assert.NotEmpty(t, response.Header.Get("Retry-After"))
	assert.Equal(t, http.StatusOK, b.call(http.MethodGet, "/", "").StatusCode, "the page itself is not counted")
	assert.Equal(t, 1, b.tally.rejections(ReasonRate))
}

func TestRefuse_ManyFailedLogins_AreStoppedByAddress(t *testing.T) {
	b := newBench(t, everything, nil)
	b.http.Config.Handler = b.server.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.server.Refuse(w, r, "", http.StatusUnauthorized)
	}))
	for range failuresAtOnce {
		response := b.call(http.MethodGet, "/", "")
		require.Equal(t, http.StatusUnauthorized, response.StatusCode)
		require.Contains(t, response.Header.Get("WWW-Authenticate"), "Basic")
	}
	assert.Equal(t, http.StatusTooManyRequests, b.call(http.MethodGet, "/", "").StatusCode)
}

func readProblem(t *testing.T, response reply) Problem {
	t.Helper()
	assert.Equal(t, "application/problem+json", response.Header.Get("Content-Type"))
	var p Problem
	require.NoError(t, json.NewDecoder(response.Body).Decode(&p))
	assert.Equal(t, response.StatusCode, p.Status)
	assert.NotEmpty(t, p.Detail)
	return p
}
