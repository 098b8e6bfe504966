//go:build integration

package page

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	fixtureServer = "github.com/braidotel/braid/extension/assistantextension/internal/fixtureserver"

	installLimit  = 5 * time.Minute
	buildLimit    = 5 * time.Minute
	scenarioLimit = 8 * time.Minute
	stopLimit     = 20 * time.Second
)

// servers are the states that the page is shown in, each a fixture server of its own.
var servers = map[string][]string{
	"shop":     nil,
	"deciding": nil, // its only action is decided
	"viewer":   {"-role", "viewer"},
	"hostile":  {"-hostile"},
	"empty":    {"-empty"}, // until its first span comes
	"bare":     {"-empty"},
	"down":     {"-unavailable"},
}

// result is what became of one scenario.
type result struct {
	Name  string   `json:"name"`
	Wrong string   `json:"wrong"`
	Notes []string `json:"notes"`
}

func TestPage_InChromium(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	require.NoError(t, err, "install it with: apt-get install chromium")
	installNodeModules(t, ".")
	binary := filepath.Join(t.TempDir(), "fixtureserver")
	run(t, ".", buildLimit, "go", "build", "-o", binary, fixtureServer)
	origins := map[string]string{}
	for name, args := range servers {
		origins[name] = startServer(t, binary, args)
	}
	argument, err := json.Marshal(origins)
	require.NoError(t, err)

	var results []result
	require.NoError(t, json.Unmarshal(run(t, ".", scenarioLimit, "node", "scenario/run.mjs", string(argument), chromium, os.Getenv("PAGE_ONLY"), os.Getenv("PAGE_SHOTS")), &results))
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

// startServer starts a fixture server, which ends with the test, and returns where it listens.
func startServer(t *testing.T, binary string, args []string) string {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"-listen", "127.0.0.1:0"}, args...)...)
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // how it ended does not matter
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

// installNodeModules runs npm ci, unless what is installed is younger than the lock file.
func installNodeModules(t *testing.T, folder string) {
	t.Helper()
	locked, err := os.Stat(filepath.Join(folder, "package-lock.json"))
	require.NoError(t, err)
	installed, err := os.Stat(filepath.Join(folder, "node_modules", ".package-lock.json"))
	if err == nil && installed.ModTime().After(locked.ModTime()) {
		return
	}
	run(t, folder, installLimit, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
}

// run runs a command in a folder to its end and returns what it wrote to standard output.
func run(t *testing.T, folder string, limit time.Duration, path string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = folder
	cmd.Stderr = t.Output()
	// A polite end lets playwright take its browser along.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopLimit
	out, err := cmd.Output()
	require.NoError(t, err, "%v", cmd.Args)
	return out
}
