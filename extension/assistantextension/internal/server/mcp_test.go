package server

import (
	"net/http"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/query"
)

const listTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`

func TestMCP_Viewer_CallsToolsAsThemselves(t *testing.T) {
	t.Parallel()
	b := newBench(t, everything, nil)
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: b.http.URL + MCPPath, HTTPClient: b.http.Client(), DisableStandaloneSSE: true,
	}, nil)
	require.NoError(t, err)
	defer func() { _ = session.Close() }()
	got, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "get_status", Arguments: map[string]any{}})
	require.NoError(t, err)
	require.False(t, got.IsError)
	assert.Equal(t, everything.Tenant, got.StructuredContent.(map[string]any)["tenant"])
	b.tally.mu.Lock()
	defer b.tally.mu.Unlock()
	assert.Positive(t, b.tally.requests["mcp ok"])
}

// The guards of the page are those of the tools: a test each, since a mistake here opens all of it.
func TestMCP_WhoMayNot_IsTurnedAway(t *testing.T) {
	t.Parallel()
	nobody := newBench(t, query.Caller{Roles: query.Roles{Approve: true}}, nil)
	seldom := newBench(t, everything, func(o *Options) { o.Rate, o.Burst = 0.001, 1 })
	seldom.call(http.MethodPost, MCPPath, listTools, "Accept", "application/json, text/event-stream")
	open := newBench(t, everything, nil)
	for name, c := range map[string]struct {
		bench   *bench
		method  string
		headers []string
		body    string
		want    int
	}{
		"without the role":  {bench: nobody, body: listTools, want: http.StatusForbidden},
		"too often":         {bench: seldom, body: listTools, want: http.StatusTooManyRequests},
		"foreign name":      {bench: open, headers: []string{"Host", "evil.example"}, body: listTools, want: http.StatusForbidden},
		"foreign page":      {bench: open, headers: []string{"Origin", "https://evil.example"}, body: listTools, want: http.StatusForbidden},
		"a form":            {bench: open, headers: []string{"Content-Type", "text/plain"}, body: listTools, want: http.StatusUnsupportedMediaType},
		"listening forever": {bench: open, method: http.MethodGet, want: http.StatusMethodNotAllowed},
		"no protocol":       {bench: open, body: `{"hello":`, want: http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			method := c.method
			if method == "" {
				method = http.MethodPost
			}
			headers := append([]string{"Accept", "application/json, text/event-stream"}, c.headers...)
			assert.Equal(t, c.want, c.bench.call(method, MCPPath, c.body, headers...).StatusCode)
		})
	}
}
