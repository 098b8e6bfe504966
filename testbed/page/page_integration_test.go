//go:build integration

package page

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/node"
)

const (
	fixtureServer = "github.com/braidotel/braid/extension/assistantextension/internal/fixtureserver"

	buildLimit    = 5 * time.Minute
	scenarioLimit = 8 * time.Minute
)

// servers are the states that the page is shown in, each a fixture server of its own.
var servers = map[string][]string{
	"shop":      nil,
	"deciding":  nil,           // its only action is decided
	"judging":   nil,           // so is that of this one
	"proposing": nil,           // where actions are proposed
	"nameless":  {"-name", ""}, // nobody is logged in
	"viewer":    {"-role", "viewer"},
	"hostile":   {"-hostile"},
	"empty":     {"-empty"}, // until its first span comes
	"bare":      {"-empty"},
	"down":      {"-unavailable"},
}

// result is what became of one scenario.
type result struct {
	Name  string   `json:"name"`
	Wrong string   `json:"wrong"`
	Notes []string `json:"notes"`
}

func TestPage_InChromium(t *testing.T) {
	t.Parallel()
	chromium, err := exec.LookPath("chromium")
	require.NoError(t, err, "install it with: apt-get install chromium")
	node.Install(t, ".")
	binary := filepath.Join(t.TempDir(), "fixtureserver")
	node.Run(t, ".", buildLimit, "go", "build", "-ldflags", "-s -w", "-o", binary, fixtureServer)
	origins := map[string]string{}
	for name, args := range servers {
		origins[name] = node.Serve(t, binary, args...)
	}
	argument, err := json.Marshal(origins)
	require.NoError(t, err)

	var results []result
	require.NoError(t, json.Unmarshal(node.Run(t, ".", scenarioLimit, "node", "scenario/run.mjs", string(argument), chromium, os.Getenv("PAGE_ONLY"), os.Getenv("PAGE_SHOTS")), &results))
	require.NotEmpty(t, results)
	for _, r := range results {
		t.Run(r.Name, func(t *testing.T) {
			for _, note := range r.Notes {
				t.Log(note)
			}
			assert.Empty(t, r.Wrong)
		})
	}
}
