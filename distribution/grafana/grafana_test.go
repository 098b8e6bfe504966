// Package grafana checks the dashboards that Braid ships.
package grafana

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type dashboard struct {
	UID        string `json:"uid"`
	Title      string `json:"title"`
	Templating struct {
		List []struct {
			Name       string `json:"name"`
			Definition string `json:"definition"`
		} `json:"list"`
	} `json:"templating"`
	Panels []struct {
		ID          int    `json:"id"`
		Title       string `json:"title"`
		Description string `json:"description"`
		GridPos     struct {
			X, Y, W, H int
		} `json:"gridPos"`
		Targets []struct {
			Expr string `json:"expr"`
		} `json:"targets"`
	} `json:"panels"`
}

var (
	variable    = regexp.MustCompile(`\$[a-z]+`)
	labelValues = regexp.MustCompile(`^label_values\((.+), ([a-z_]+)\)$`)
)

// Every query is PromQL, uses only variables that the dashboard has, and selects metrics by name.
func TestDashboards_Queries_ArePromQL(t *testing.T) {
	files, err := filepath.Glob("*.json")
	require.NoError(t, err)
	require.Len(t, files, 4)
	p := parser.NewParser(parser.Options{})
	seen := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var d dashboard
		require.NoError(t, json.Unmarshal(data, &d), file)
		assert.Empty(t, seen[d.UID], "the uid of %s", file)
		seen[d.UID] = file
		known := map[string]bool{}
		for _, v := range d.Templating.List {
			known["$"+v.Name] = true
			if v.Definition != "" {
				parts := labelValues.FindStringSubmatch(v.Definition)
				require.NotNil(t, parts, v.Definition)
				_, err := p.ParseMetricSelector(parts[1])
				assert.NoError(t, err, v.Definition)
			}
		}
		for _, panel := range d.Panels {
			assert.NotEmpty(t, panel.Description, panel.Title)
			assert.LessOrEqual(t, panel.GridPos.X+panel.GridPos.W, 24, panel.Title)
			require.NotEmpty(t, panel.Targets, panel.Title)
			for _, target := range panel.Targets {
				for _, name := range variable.FindAllString(target.Expr, -1) {
					assert.True(t, known[name], "%s: %s in %q", file, name, panel.Title)
				}
				expr, err := p.ParseExpr(variable.ReplaceAllString(target.Expr, ".*"))
				require.NoError(t, err, "%s: %q", file, panel.Title)
				parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
					if s, ok := node.(*parser.VectorSelector); ok {
						assert.True(t, strings.HasPrefix(s.Name, "braid_") || strings.HasPrefix(s.Name, "system_") || strings.HasPrefix(s.Name, "jvm_"), s.Name)
					}
					return nil
				})
			}
		}
	}
}
