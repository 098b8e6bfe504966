package mcpbridge

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) { http.DefaultClient.CloseIdleConnections() }))
}

type greeting struct {
	Name string `json:"name"`
}

// remote is a server with one of each kind that lets in who has the key.
func remote(t *testing.T) string {
	t.Helper()
	server := mcp.NewServer(&mcp.Implementation{Name: "far", Version: "1"}, &mcp.ServerOptions{Instructions: "be brief"})
	mcp.AddTool(server, &mcp.Tool{Name: "greet"}, func(_ context.Context, _ *mcp.CallToolRequest, in greeting) (*mcp.CallToolResult, greeting, error) {
		return nil, greeting{"hello " + in.Name}, nil
	})
	read := func(_ context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: r.Params.URI, Text: "of " + r.Params.URI}}}, nil
	}
	server.AddResource(&mcp.Resource{URI: "far://one", Name: "one"}, read)
	server.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "far://many/{id}", Name: "many"}, read)
	server.AddPrompt(&mcp.Prompt{Name: "p", Arguments: []*mcp.PromptArgument{{Name: "a"}}}, func(_ context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return &mcp.GetPromptResult{Description: r.Params.Arguments["a"]}, nil
	})
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true})
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer key" {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(far.Close)
	return far.URL
}

func TestRun_EachKind_IsHandedOn(t *testing.T) {
	t.Parallel()
	url := remote(t)
	near, end := mcp.NewInMemoryTransports()
	ended := make(chan error, 1)
	go func() { ended <- Run(t.Context(), Remote{URL: url, Authorization: "Bearer key"}, "test", near) }()

	client := mcp.NewClient(&mcp.Implementation{Name: "near", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), end, nil)
	require.NoError(t, err)
	assert.Equal(t, "far", session.InitializeResult().ServerInfo.Name)
	assert.Equal(t, "be brief", session.InitializeResult().Instructions)

	got, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "greet", Arguments: greeting{"mina"}})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"name": "hello mina"}, got.StructuredContent)
	got, err = session.CallTool(t.Context(), &mcp.CallToolParams{Name: "greet", Arguments: map[string]any{}})
	require.NoError(t, err)
	assert.True(t, got.IsError, "the far end's refusal is the near end's")

	for _, uri := range []string{"far://one", "far://many/2"} {
		read, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
		require.NoError(t, err)
		assert.Equal(t, "of "+uri, read.Contents[0].Text)
	}
	p, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "p", Arguments: map[string]string{"a": "x"}})
	require.NoError(t, err)
	assert.Equal(t, "x", p.Description)

	require.NoError(t, session.Close())
	select {
	case err := <-ended:
		require.NoError(t, err, "the client went: that is the end")
	case <-time.After(20 * time.Second):
		t.Fatal("the bridge does not end with its client")
	}
}

func TestRun_NobodyThereOrNotLetIn_SaysWhere(t *testing.T) {
	t.Parallel()
	near, _ := mcp.NewInMemoryTransports()
	require.ErrorContains(t, Run(t.Context(), Remote{URL: "http://127.0.0.1:1/mcp"}, "test", near), "127.0.0.1:1")
	url := remote(t)
	require.ErrorContains(t, Run(t.Context(), Remote{URL: url}, "test", near), url)
}
