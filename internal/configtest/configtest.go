// Package configtest checks what every component's README says of its configuration.
package configtest

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

// example holds the configurations that the README shows.
const example = "testdata/config.yaml"

// Load reads the configuration with an id from testdata/config.yaml over the defaults, which it returns. C is the component's
// *Config.
func Load[C component.Config](t testing.TB, defaults component.Config, id string) C {
	t.Helper()
	conf, err := confmaptest.LoadConf(example)
	require.NoError(t, err)
	sub, err := conf.Sub(id)
	require.NoError(t, err)
	require.NoError(t, sub.Unmarshal(defaults))
	cfg, ok := defaults.(C)
	require.True(t, ok, "the defaults are a %T", defaults)
	return cfg
}

// ExampleStandsInReadme fails unless the README of the package under test shows testdata/config.yaml as it is.
func ExampleStandsInReadme(t testing.TB) {
	t.Helper()
	text, err := os.ReadFile(example)
	require.NoError(t, err)
	assert.Contains(t, Readme(t), string(text), "the README shows %s", example)
}

// Readme is the README of the package under test.
func Readme(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	return string(text)
}

// Defaults are the last of three columns by the first, of all rows in the README's tables that have three: field, what it means,
// default.
func Defaults(t testing.TB) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for line := range strings.Lines(Readme(t)) {
		if cells := strings.Split(line, "|"); len(cells) == 5 {
			rows[strings.Trim(cells[1], " `")] = strings.Trim(cells[3], " `")
		}
	}
	return rows
}
