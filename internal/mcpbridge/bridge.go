// Package mcpbridge lets a client of the Model Context Protocol that starts a program and speaks over its standard streams
// use a server that is reached over HTTP: what the one asks, the other answers.
package mcpbridge

import (
	"context"
	"fmt"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Remote is the server at the far end.
type Remote struct {
	// URL is its endpoint, such as http://127.0.0.1:4380/mcp.
	URL string
	// Authorization is the header's value; empty sends none.
	Authorization string
}

// Run offers the remote's tools, resources and prompts, as they are at the start, over near until the client ends the
// connection or the context does. It returns an error where the remote cannot be reached or the connection breaks.
func Run(ctx context.Context, remote Remote, version string, near mcp.Transport) error {
	client := mcp.NewClient(&mcp.Implementation{Name: "braidctl", Version: version}, nil)
	far, err := client.Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: remote.URL, DisableStandaloneSSE: true,
		HTTPClient: &http.Client{Transport: authorized{remote.Authorization}},
	}, nil)
	if err != nil {
		return fmt.Errorf("reaching %s: %w", remote.URL, err)
	}
	defer func() { _ = far.Close() }()
	server, err := mirror(ctx, far)
	if err != nil {
		return fmt.Errorf("reading what %s offers: %w", remote.URL, err)
	}
	return server.Run(ctx, near)
}

// mirror is a server that hands everything on.
func mirror(ctx context.Context, far *mcp.ClientSession) (*mcp.Server, error) {
	told := far.InitializeResult()
	server := mcp.NewServer(told.ServerInfo, &mcp.ServerOptions{
		Instructions: told.Instructions, Capabilities: &mcp.ServerCapabilities{},
	})
	for tool, err := range far.Tools(ctx, nil) {
		if err != nil {
			return nil, err
		}
		server.AddTool(tool, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return far.CallTool(ctx, &mcp.CallToolParams{Name: r.Params.Name, Arguments: r.Params.Arguments})
		})
	}
	read := func(ctx context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return far.ReadResource(ctx, &mcp.ReadResourceParams{URI: r.Params.URI})
	}
	for resource, err := range far.Resources(ctx, nil) {
		if err != nil {
			return nil, err
		}
		server.AddResource(resource, read)
	}
	for template, err := range far.ResourceTemplates(ctx, nil) {
		if err != nil {
			return nil, err
		}
		server.AddResourceTemplate(template, read)
	}
	for prompt, err := range far.Prompts(ctx, nil) {
		if err != nil {
			return nil, err
		}
		server.AddPrompt(prompt, func(ctx context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return far.GetPrompt(ctx, &mcp.GetPromptParams{Name: r.Params.Name, Arguments: r.Params.Arguments})
		})
	}
	return server, nil
}

// authorized adds the header to each request.
type authorized struct{ value string }

func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.value != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", a.value)
	}
	return http.DefaultTransport.RoundTrip(r)
}
