package mcpserver

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/braidotel/braid/extension/assistantextension/internal/fixture"
	"github.com/braidotel/braid/internal/query"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var viewer = query.Caller{Name: "mina", Tenant: "shop", Roles: query.Roles{View: true}}

var operator = query.Caller{Name: "lee", Tenant: "shop", Roles: query.Roles{View: true, Operate: true}}

// connect is a client of the protocol over HTTP, as caller.
func connect(t *testing.T, service query.Service, caller query.Caller) *mcp.ClientSession {
	t.Helper()
	handler := Handler(service, "Asia/Seoul", "test")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(WithCaller(r.Context(), caller)))
	}))
	t.Cleanup(server.Close)
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: server.URL, HTTPClient: server.Client(), DisableStandaloneSSE: true,
	}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func call(t *testing.T, session *mcp.ClientSession, name string, arguments map[string]any) (*mcp.CallToolResult, Result) {
	t.Helper()
	got, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: arguments})
	require.NoError(t, err)
	var r Result
	if !got.IsError {
		text, err := json.Marshal(got.StructuredContent)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &r))
	}
	return got, r
}

// every is a valid call of each tool.
var every = map[string]map[string]any{
	"ask":                     {"question": "지금 누가 오래 접속해 있나?"},
	"compare_usage":           {"metrics": []string{"concurrent_users", "cpu"}, "compare_to": "shift:P7D", "region": "busan"},
	"get_status":              {},
	"find_root_cause":         {"time": "today", "language": "ko"},
	"get_regional_load":       {},
	"find_deploy_regressions": {"service": "checkout"},
	"get_business_impact":     {},
	"forecast_capacity":       {"resource": "memory", "time": "next:PT3H"},
	"list_sessions":           {"open": true, "region": "busan", "min_duration": "1m"},
	"list_incidents":          {"status": "all"},
	"get_incident":            {"id": "inc-1"},
	"get_report":              {"period": "last_week", "audience": "exec"},
	"search_knowledge":        {"topic": "payment timeout"},
	"propose_action":          {"request": "payment 서비스의 Pod를 2배로 늘려줘", "language": "ko"},
}

func TestTools_List_IsSmallAndAsWrittenDown(t *testing.T) {
	t.Parallel()
	session := connect(t, fixture.New(fixture.Options{}), viewer)
	list, err := session.ListTools(t.Context(), nil)
	require.NoError(t, err)
	assert.LessOrEqual(t, len(list.Tools), 16)
	for _, tool := range list.Tools {
		assert.Contains(t, every, tool.Name, "a tool without a call in this test")
		assert.LessOrEqual(t, len(tool.Description), 1024)
		assert.Equal(t, tool.Name != proposeAction, tool.Annotations.ReadOnlyHint, tool.Name)
		assert.NotRegexp(t, "approve|decide|execute", tool.Name, "approving is not a tool")
	}
	assert.Len(t, list.Tools, len(every))
	assert.LessOrEqual(t, len(instructions), 2048)

	text, err := json.MarshalIndent(list.Tools, "", "  ")
	require.NoError(t, err)
	compact, err := json.Marshal(list)
	require.NoError(t, err)
	t.Logf("tools/list: %d bytes", len(compact))
	assert.LessOrEqual(t, len(compact), 24<<10, "six thousand tokens are about that many bytes")
	golden(t, "tools.json", text)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, append(got, '\n'), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, strings.TrimSpace(string(want)), string(got), "run with -update to accept")
}

func TestTools_EachCall_AnswersWithinItsBudget(t *testing.T) {
	t.Parallel()
	session := connect(t, fixture.New(fixture.Options{}), operator)
	ids := incidentIDs(t, session)
	for name, arguments := range every {
		if name == "get_incident" {
			arguments = map[string]any{"id": ids[0]}
		}
		got, r := call(t, session, name, arguments)
		require.False(t, got.IsError, "%s: %v", name, got.Content)
		assert.NotEmpty(t, r.Headline, name)
		assert.Equal(t, "shop", r.Tenant, "%s is the caller's tenant's", name)
		whole, err := json.Marshal(got)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(whole), 32<<10, "%s: eight thousand tokens are about that many bytes", name)
	}
}

func incidentIDs(t *testing.T, session *mcp.ClientSession) []string {
	t.Helper()
	_, r := call(t, session, "list_incidents", map[string]any{"status": "all"})
	require.NotEmpty(t, r.Tables)
	var ids []string
	for _, row := range r.Tables[0].Rows {
		ids = append(ids, row[0])
	}
	require.NotEmpty(t, ids)
	return ids
}

func TestTools_BadArguments_SayCodeAndFix(t *testing.T) {
	t.Parallel()
	session := connect(t, fixture.New(fixture.Options{}), viewer)
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		want      string
	}{
		"no question":      {"ask", map[string]any{"question": " "}, "invalid_argument: question"},
		"missing question": {"ask", map[string]any{}, "question"},
		"unknown member":   {"get_status", map[string]any{"when": "now"}, "when"},
		"language":         {"get_status", map[string]any{"language": "fr"}, "invalid_argument: language"},
		"detail":           {"get_status", map[string]any{"detail": "all"}, "invalid_argument: detail"},
		"cursor":           {"get_status", map[string]any{"cursor": "x"}, "invalid_argument: cursor"},
		"status":           {"list_incidents", map[string]any{"status": "closed"}, "invalid_argument: status"},
		"duration":         {"list_sessions", map[string]any{"min_duration": "long"}, "invalid_argument: min_duration"},
		"no such incident": {"get_incident", map[string]any{"id": "none"}, "not_found"},
		"long topic":       {"search_knowledge", map[string]any{"topic": strings.Repeat("x", maxText+1)}, "invalid_argument: topic"},
		"long filter":      {"get_status", map[string]any{"service": strings.Repeat("x", maxText+1)}, "invalid_argument: filter"},
		"no order":         {"propose_action", map[string]any{"request": "왜 이래?"}, "forbidden"},
		"audience":         {"get_report", map[string]any{"audience": "all"}, "invalid_argument: audience"},
	} {
		got, _ := call(t, session, c.tool, c.arguments)
		require.True(t, got.IsError, name)
		assert.Contains(t, got.Content[0].(*mcp.TextContent).Text, c.want, name)
	}
}

func TestTools_CallerWithoutRole_SeesNothing(t *testing.T) {
	t.Parallel()
	session := connect(t, fixture.New(fixture.Options{}), query.Caller{})
	for name, arguments := range every {
		got, _ := call(t, session, name, arguments)
		require.True(t, got.IsError, name)
		assert.Contains(t, got.Content[0].(*mcp.TextContent).Text, "forbidden", name)
	}
	_, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: catalogURI})
	require.Error(t, err)
}

func TestTools_StoreDown_IsSaidAndNothingElse(t *testing.T) {
	t.Parallel()
	session := connect(t, fixture.New(fixture.Options{Unavailable: true}), viewer)
	got, _ := call(t, session, "get_status", nil)
	require.True(t, got.IsError)
	assert.Equal(t, "unavailable: the history does not answer; try again in a minute", got.Content[0].(*mcp.TextContent).Text)
}

func TestSessions_Pages_BringEachSessionOnce(t *testing.T) {
	t.Parallel()
	session := connect(t, fixture.New(fixture.Options{}), viewer)
	seen := map[string]int{}
	arguments := map[string]any{}
	for range 100 {
		_, r := call(t, session, "list_sessions", arguments)
		for _, row := range r.Tables[0].Rows {
			seen[row[0]]++
		}
		assert.Equal(t, r.NextCursor != "", r.Truncated)
		if r.NextCursor == "" {
			break
		}
		arguments = map[string]any{"cursor": r.NextCursor}
	}
	assert.Len(t, seen, 60, "all sessions of the shop")
	for id, times := range seen {
		assert.Equal(t, 1, times, id)
	}
}

func TestResources_EachKind_IsRead(t *testing.T) {
	t.Parallel()
	session := connect(t, fixture.New(fixture.Options{}), viewer)
	for _, uri := range []string{catalogURI, incidentPath + incidentIDs(t, session)[0], sessionPath + "s-0002", runbookPath + "payment%20timeout"} {
		got, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
		require.NoError(t, err, uri)
		require.Len(t, got.Contents, 1)
		assert.True(t, json.Valid([]byte(got.Contents[0].Text)), uri)
	}
	for _, uri := range []string{incidentPath + "none", sessionPath + "none", tracePath + "none", "braid://secrets/1"} {
		_, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
		require.Error(t, err, uri)
	}
	templates, err := session.ListResourceTemplates(t.Context(), nil)
	require.NoError(t, err)
	assert.Len(t, templates.ResourceTemplates, 4)
}

func TestPrompts_Arguments_AreFilledInOrDefault(t *testing.T) {
	t.Parallel()
	session := connect(t, fixture.New(fixture.Options{}), viewer)
	list, err := session.ListPrompts(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, list.Prompts, len(prompts))
	for _, p := range list.Prompts {
		got, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: p.Name})
		require.NoError(t, err, p.Name)
		assert.NotContains(t, got.Messages[0].Content.(*mcp.TextContent).Text, "{", p.Name)
	}
	got, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "shift_handover", Arguments: map[string]string{"hours": "12"}})
	require.NoError(t, err)
	assert.Contains(t, got.Messages[0].Content.(*mcp.TextContent).Text, "12 hours")
	_, err = session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "shift_handover", Arguments: map[string]string{"hours": strings.Repeat("9", 99)}})
	require.Error(t, err)
}

// What a hostile name in telemetry says is data in the result and changes nothing else of it.
func TestTools_HostileTelemetry_IsQuotedOnly(t *testing.T) {
	t.Parallel()
	benign := connect(t, fixture.New(fixture.Options{}), viewer)
	hostile := connect(t, fixture.New(fixture.Options{Hostile: true}), viewer)
	_, plain := call(t, benign, "list_sessions", nil)
	_, planted := call(t, hostile, "list_sessions", nil)
	assert.Equal(t, plain.Headline, planted.Headline)
	assert.Len(t, planted.Tables[0].Rows, len(plain.Tables[0].Rows))
}

func TestCallerOf_NoCaller_IsNobody(t *testing.T) {
	t.Parallel()
	assert.Equal(t, query.Caller{}, callerOf(context.Background()))
}

// A proposal by a tool waits like any other: there is no tool that approves it, and none that executes.
func TestProposeAction_Order_WaitsForAPerson(t *testing.T) {
	t.Parallel()
	shop := fixture.New(fixture.Options{})
	session := connect(t, shop, operator)
	for _, arguments := range []map[string]any{
		{"request": "double the pods of payment"}, {"action": "restart_workload", "service": "search", "reason": "memory rises"},
	} {
		got, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: proposeAction, Arguments: arguments})
		require.NoError(t, err)
		require.False(t, got.IsError, "%v", got.Content)
		made := got.StructuredContent.(map[string]any)
		assert.Equal(t, "pending", made["status"])
		list, err := shop.Approvals(t.Context(), operator, query.ApprovalFilter{Status: "pending"})
		require.NoError(t, err)
		assert.Equal(t, made["id"], list[0].ID)
		assert.Equal(t, made["digest"], list[0].Digest)
		assert.Equal(t, "lee", list[0].Proposer)
	}
	for _, arguments := range []map[string]any{
		{"request": "왜 이래?"}, {"request": "scale payment to 5000 pods"}, {"action": "delete_namespace"}, {"action": "restart_workload", "service": "nothing"}, {},
		{"request": "restart search", "language": "fr"}, {"request": strings.Repeat("x", maxText+1)},
	} {
		got, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: proposeAction, Arguments: arguments})
		require.NoError(t, err)
		require.True(t, got.IsError, "%v", arguments)
		assert.Contains(t, got.Content[0].(*mcp.TextContent).Text, "invalid_argument")
	}
	for _, name := range []string{"approve_action", "decide", "execute_action"} {
		_, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: map[string]any{"id": "act-1"}})
		require.Error(t, err, name)
	}
}
