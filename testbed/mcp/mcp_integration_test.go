//go:build integration

package mcp

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/node"
)

const (
	fixtureServer = "github.com/braidotel/braid/extension/assistantextension/internal/fixtureserver"

	buildLimit = 5 * time.Minute
	clientWait = 2 * time.Minute

	// maxList and maxResult are six and eight thousand tokens, of four bytes each.
	maxList   = 24 << 10
	maxResult = 32 << 10
	maxTools  = 16
)

// found is what client.mjs prints.
type found struct {
	Size   int `json:"size"`
	Called map[string]struct {
		Failed    bool            `json:"failed"`
		Text      string          `json:"text"`
		Structure json.RawMessage `json:"structure"`
	} `json:"called"`
	Read      map[string]string `json:"read"`
	Templates []string          `json:"templates"`
	Prompts   map[string]string `json:"prompts"`
}

func TestMCP_OtherPeoplesClients_UseEveryTool(t *testing.T) {
	node.Install(t, ".")
	folder := t.TempDir()
	root, err := collector.Root()
	require.NoError(t, err)
	server, braidctl := filepath.Join(folder, "fixtureserver"), filepath.Join(root, "build", "braidctl")
	require.FileExists(t, braidctl, "run make build")
	node.Run(t, ".", buildLimit, "go", "build", "-ldflags", "-s -w", "-o", server, fixtureServer)
	origin := node.Serve(t, server)

	for name, args := range map[string][]string{
		"SDK over HTTP":             {"http", origin + "/mcp"},
		"SDK over standard streams": {"stdio", braidctl, "mcp", "--assistant", origin},
	} {
		t.Run(name, func(t *testing.T) {
			var got found
			require.NoError(t, json.Unmarshal(node.Run(t, ".", clientWait, "node", append([]string{"client.mjs"}, args...)...), &got))
			require.NotEmpty(t, got.Called)
			assert.LessOrEqual(t, len(got.Called), maxTools)
			assert.LessOrEqual(t, got.Size, maxList)
			for tool, r := range got.Called {
				assert.False(t, r.Failed, "%s: %s", tool, r.Text)
				assert.LessOrEqual(t, len(r.Text)+len(r.Structure), maxResult, tool)
				assert.JSONEq(t, string(r.Structure), r.Text, "%s says the same to clients that know no structure", tool)
			}
			assert.Len(t, got.Read, 1)
			assert.Len(t, got.Templates, 4)
			assert.Len(t, got.Prompts, 4)
		})
	}

	t.Run("inspector", func(t *testing.T) {
		inspect := func(method ...string) []byte {
			return node.Run(t, ".", clientWait, "node_modules/.bin/mcp-inspector", append([]string{"--cli", origin + "/mcp", "--transport", "http", "--method"}, method...)...)
		}
		var list struct {
			Tools []struct {
				Name string `json:"name"`
			} `json:"tools"`
		}
		require.NoError(t, json.Unmarshal(inspect("tools/list"), &list))
		assert.NotEmpty(t, list.Tools)
		var result struct {
			IsError    bool `json:"isError"`
			Structured struct {
				Headline string `json:"headline"`
			} `json:"structuredContent"`
		}
		require.NoError(t, json.Unmarshal(inspect("tools/call", "--tool-name", "compare_usage", "--tool-arg", "compare_to=shift:P7D"), &result))
		assert.False(t, result.IsError)
		assert.NotEmpty(t, result.Structured.Headline)
	})
	// The scenarios of the protocol's own conformance suite that need no tools made for it. Completion is not offered.
	for _, scenario := range []string{"server-initialize", "ping", "logging-set-level", "tools-list", "resources-list", "prompts-list", "dns-rebinding-protection"} {
		t.Run("conformance "+scenario, func(t *testing.T) {
			out := node.Run(t, ".", clientWait, "node_modules/.bin/conformance", "server", "--url", strings.TrimSuffix(origin, "/")+"/mcp", "--scenario", scenario)
			assert.Contains(t, string(out), ", 0 failed, 0 warnings")
		})
	}
}
