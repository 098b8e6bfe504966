package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The collector's release that everything is compiled with, and the release of its build tools. Later releases of core
// exist whose contrib siblings cannot be had together; an import without a version would jump there.
const (
	corePin   = "v0.152.0"
	stablePin = "v1.58.0"
	toolsPin  = "v0.155.0"
)

// goMod returns what dir's go.mod requires, by module path.
func goMod(t *testing.T, dir string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	cmd.Dir = filepath.Join(root, dir)
	out, err := cmd.Output()
	require.NoError(t, err)
	var parsed struct {
		Require []struct{ Path, Version string }
	}
	require.NoError(t, json.Unmarshal(out, &parsed))
	versions := make(map[string]string, len(parsed.Require))
	for _, r := range parsed.Require {
		versions[r.Path] = r.Version
	}
	return versions
}

func isCollector(path string) bool {
	return strings.HasPrefix(path, "go.opentelemetry.io/collector") ||
		strings.HasPrefix(path, "github.com/open-telemetry/opentelemetry-collector-contrib/")
}

func TestPins_RootModule_HoldsOneCollectorRelease(t *testing.T) {
	for path, version := range goMod(t, ".") {
		if isCollector(path) {
			assert.Contains(t, []string{corePin, stablePin}, version, path)
		}
	}
}

func TestPins_Manifest_NamesVersionsOfRootModule(t *testing.T) {
	m, versions := readManifest(t), goMod(t, ".")
	entries := m.Providers
	for _, class := range m.byClass() {
		entries = append(entries, class...)
	}
	for _, e := range entries {
		path, version, ok := strings.Cut(e.GoMod, " ")
		require.True(t, ok, "%q has no version", e.GoMod)
		if path != productMod {
			assert.Equal(t, versions[path], version, path)
		}
	}
}

func TestPins_Tools_AreOneRelease(t *testing.T) {
	versions := goMod(t, "internal/tools")
	assert.Equal(t, toolsPin, versions["go.opentelemetry.io/collector/cmd/builder"])
	assert.Equal(t, toolsPin, versions["go.opentelemetry.io/collector/cmd/mdatagen"])
}

func TestPins_ReadersAreTold(t *testing.T) {
	version := readManifest(t).Dist.Version
	for file, want := range map[string]string{
		"README.md":                          "ocb " + corePin,
		"CHANGELOG.md":                       "## [" + version + "]",
		"distribution/otelcol-braid/main.go": `"` + version + `"`,
		"cmd/braidctl/main.go":               `version = "` + version + `"`,
	} {
		data, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		assert.Contains(t, string(data), want, file)
	}
}
