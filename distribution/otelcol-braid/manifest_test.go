package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.yaml.in/yaml/v3"
)

const (
	root       = "../.."
	productMod = "github.com/braidotel/braid"
)

// unfinished lists component folders that are not yet part of the distribution. Whoever adds one to
// builder-config.yaml takes it out here; the test fails until both agree.
var unfinished = []string{}

// entry is one component of builder-config.yaml.
type entry struct {
	GoMod  string `yaml:"gomod"`
	Import string `yaml:"import"`
	Path   string `yaml:"path"`
}

type manifest struct {
	Dist struct {
		Name    string `yaml:"name"`
		Version string `yaml:"version"`
	} `yaml:"dist"`
	Receivers  []entry `yaml:"receivers"`
	Processors []entry `yaml:"processors"`
	Connectors []entry `yaml:"connectors"`
	Exporters  []entry `yaml:"exporters"`
	Extensions []entry `yaml:"extensions"`
	Providers  []entry `yaml:"providers"`
}

func (m manifest) byClass() map[string][]entry {
	return map[string][]entry{
		"receiver": m.Receivers, "processor": m.Processors, "connector": m.Connectors,
		"exporter": m.Exporters, "extension": m.Extensions,
	}
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, into), path)
}

func readManifest(t *testing.T) manifest {
	t.Helper()
	var m manifest
	readYAML(t, "builder-config.yaml", &m)
	return m
}

// registered gives, for each class, the types the binary knows with the module each comes from. A deprecated alias is
// the same factory under a second name and is left out.
func registered(t *testing.T) map[string]map[string]string {
	t.Helper()
	f, err := components()
	require.NoError(t, err)
	return map[string]map[string]string{
		"receiver":  modules(f.Receivers, f.ReceiverModules),
		"processor": modules(f.Processors, f.ProcessorModules),
		"connector": modules(f.Connectors, f.ConnectorModules),
		"exporter":  modules(f.Exporters, f.ExporterModules),
		"extension": modules(f.Extensions, f.ExtensionModules),
	}
}

func modules[F component.Factory](factories map[component.Type]F, mods map[component.Type]string) map[string]string {
	types := make(map[string]string, len(factories))
	for typ, factory := range factories {
		if typ == factory.Type() {
			types[typ.String()] = mods[typ]
		}
	}
	return types
}

// folders gives, for each class, our component folders that are part of the distribution with the type each declares.
func folders(t *testing.T) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	for class := range (manifest{}).byClass() {
		found[class] = map[string]string{}
		files, err := filepath.Glob(filepath.Join(root, class, "*", "metadata.yaml"))
		require.NoError(t, err)
		for _, file := range files {
			folder := class + "/" + filepath.Base(filepath.Dir(file))
			if slices.Contains(unfinished, folder) {
				continue
			}
			var metadata struct {
				Type string `yaml:"type"`
			}
			readYAML(t, filepath.Join(folder, "metadata.yaml"), &metadata)
			found[class][folder] = metadata.Type
		}
	}
	return found
}

func TestManifest_Entries_AreRegisteredFactories(t *testing.T) {
	factories := registered(t)
	for class, entries := range readManifest(t).byClass() {
		t.Run(class, func(t *testing.T) {
			var want, got []string
			for _, e := range entries {
				want = append(want, e.GoMod)
			}
			for _, module := range factories[class] {
				got = append(got, module)
			}
			assert.ElementsMatch(t, want, got, "run `make generate`")
		})
	}
}

func TestManifest_OwnEntries_AreComponentFolders(t *testing.T) {
	factories, own := registered(t), folders(t)
	for class, entries := range readManifest(t).byClass() {
		t.Run(class, func(t *testing.T) {
			var inManifest, onDisk []string
			for _, e := range entries {
				folder, ours := strings.CutPrefix(e.Import, productMod+"/")
				if !ours {
					continue
				}
				inManifest = append(inManifest, folder)
				assert.Equal(t, productMod+" v0.0.0", e.GoMod, folder)
				assert.Equal(t, ".", e.Path, folder)
			}
			for folder, typ := range own[class] {
				onDisk = append(onDisk, folder)
				assert.Equal(t, productMod+" v0.0.0", factories[class][typ], "%s declares type %q", folder, typ)
			}
			assert.ElementsMatch(t, onDisk, inManifest,
				"list the folder in builder-config.yaml, or in `unfinished` of this test")
		})
	}
}
