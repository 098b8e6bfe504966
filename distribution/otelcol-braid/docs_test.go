package main

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/xconfmap"
	"go.yaml.in/yaml/v3"
)

var (
	snippet = regexp.MustCompile("(?ms)^( *)```yaml\n(.*?\n) *```$")
	dropIn  = regexp.MustCompile("(?ms)^```diff\n(.*?\n)```$")
	setting = regexp.MustCompile(`\$\{env:\w+(?::-([^}]*))?\}`)
)

// unset is what stands for a variable without a default: long enough for a secret.
const unset = "0123456789abcdef0123456789abcdef"

// snippets are the configurations that documents show, in parts or whole, by where they stand. Those whose first line says of
// whom they are (# of Alertmanager) are not ours.
func snippets(t *testing.T) map[string]map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == "node_modules" || name == "build" || name == ".git") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, at := range snippet.FindAllStringSubmatchIndex(string(text), -1) {
			lines := strings.ReplaceAll(string(text[at[4]:at[5]]), "\n"+string(text[at[2]:at[3]]), "\n")
			first, _, _ := strings.Cut(lines, "\n")
			if strings.Contains(first, "# of ") {
				continue
			}
			where := strings.TrimPrefix(path, root+"/") + ": " + first
			lines = setting.ReplaceAllStringFunc(lines, func(v string) string { return cmp.Or(setting.FindStringSubmatch(v)[1], unset) })
			var content any
			assert.NoError(t, yaml.Unmarshal([]byte(lines), &content), where)
			if sections, ok := content.(map[string]any); ok {
				found[where] = sections
			}
		}
		return nil
	}))
	return found
}

// TestDocs_Configurations_FitTheComponents: what documents show can be pasted: every component is in the distribution, every
// option exists, and none is refused.
func TestDocs_Configurations_FitTheComponents(t *testing.T) {
	all, err := components()
	require.NoError(t, err)
	sections := map[string]map[component.Type]component.Factory{
		"receivers": factories(all.Receivers), "processors": factories(all.Processors), "connectors": factories(all.Connectors),
		"exporters": factories(all.Exporters), "extensions": factories(all.Extensions),
	}
	checked := 0
	for where, content := range snippets(t) {
		for section, known := range sections {
			list, _ := content[section].(map[string]any) // receivers of Alertmanager are no map
			for name, options := range list {
				var id component.ID
				require.NoError(t, id.UnmarshalText([]byte(name)), where)
				factory, ok := known[id.Type()]
				if !assert.True(t, ok, "%s: there are no %s of type %s", where, section, id.Type()) {
					continue
				}
				cfg := factory.CreateDefaultConfig()
				given, _ := options.(map[string]any)
				if assert.NoError(t, confmap.NewFromStringMap(given).Unmarshal(cfg), "%s: %s", where, name) && given != nil {
					assert.NoError(t, xconfmap.Validate(cfg), "%s: %s", where, name)
				}
				checked++
			}
		}
		service, _ := content["service"].(map[string]any)
		pipelines, _ := service["pipelines"].(map[string]any)
		for name, pipeline := range pipelines {
			for part, ids := range pipeline.(map[string]any) {
				for _, written := range ids.([]any) {
					var id component.ID
					require.NoError(t, id.UnmarshalText([]byte(written.(string))), where)
					_, one := sections[part][id.Type()]
					_, connects := sections["connectors"][id.Type()]
					assert.True(t, one || connects && part != "processors", "%s: %s: there are no %s of type %s", where, name, part, id.Type())
					checked++
				}
			}
		}
	}
	assert.Greater(t, checked, 30, "documents are read")
}

// TestReadme_DropIn_IsThreeWords: what the README adds to somebody's YAML is the processor and one word in each pipeline.
func TestReadme_DropIn_IsThreeWords(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	diff := dropIn.FindStringSubmatch(string(readme))
	require.Len(t, diff, 2, "the README has a diff")
	before, after := parts(t, diff[1], "-"), parts(t, diff[1], "+")
	all, err := components()
	require.NoError(t, err)
	added := 0
	for name, pipeline := range after.Service.Pipelines {
		was := before.Service.Pipelines[name]
		assert.Equal(t, append(slices.Clone(was.Processors), "session_correlation"), pipeline.Processors, name)
		assert.Equal(t, was.Receivers, pipeline.Receivers, name)
		assert.Equal(t, was.Exporters, pipeline.Exporters, name)
		added++
	}
	assert.Equal(t, 3, added)
	for name := range after.Processors {
		assert.Contains(t, all.Processors, component.MustNewType(name))
	}
	assert.Len(t, after.Processors, len(before.Processors)+1)
}

// shape is what a diff of a configuration may change.
type shape struct {
	Processors map[string]any `yaml:"processors"`
	Service    struct {
		Pipelines map[string]struct {
			Receivers  []string `yaml:"receivers"`
			Processors []string `yaml:"processors"`
			Exporters  []string `yaml:"exporters"`
		} `yaml:"pipelines"`
	} `yaml:"service"`
}

// parts reads one side of a diff: the lines that both have, and its own.
func parts(t *testing.T, diff, own string) (side shape) {
	t.Helper()
	var text strings.Builder
	for line := range strings.Lines(diff) {
		if rest, ok := strings.CutPrefix(line, own); ok {
			text.WriteString(" " + rest)
		} else if line[0] == ' ' || line == "\n" {
			text.WriteString(line)
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(text.String()), &side))
	return side
}

// TestReadme_EveryComponent_IsToldOf: what is ours and in the distribution is in the table of the README.
func TestReadme_EveryComponent_IsToldOf(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	for _, entries := range readManifest(t).byClass() {
		for _, e := range entries {
			if folder, ours := strings.CutPrefix(e.Import, productMod+"/"); ours {
				assert.Contains(t, string(readme), "("+folder+"/README.md)")
			}
		}
	}
}

// factories are those of a class, whatever their signals.
func factories[F component.Factory](of map[component.Type]F) map[component.Type]component.Factory {
	out := map[component.Type]component.Factory{}
	for kind, factory := range of {
		out[kind] = factory
	}
	return out
}
