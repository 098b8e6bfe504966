package rcaeval

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConstants_Source_FindsPlainNumbersOnly(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.go")
	require.NoError(t, os.WriteFile(path, []byte("package a\n\nimport \"time\"\n\nconst one = 4 * 3\n\nconst (\n\ttwo = .5 // why\n\tname = \"x\"\n\thold = 5 * time.Second\n\tkind Kind = 7\n\tsmall = 1\n)\n\nvar no = 3\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a_test.go"), []byte("package a\n\nconst not = 1\n"), 0o600))
	list, err := constants(folder)
	require.NoError(t, err)
	values := map[string]float64{}
	for _, c := range list {
		values[c.Name] = c.Value
	}
	assert.Equal(t, map[string]float64{"one": 12, "two": .5, "small": 1}, values)
	for i, want := range []string{"const one = 24\n", "two = 1. // why", "small = 2\n"} {
		source, _, err := list[i].times(2)
		require.NoError(t, err)
		assert.Contains(t, string(source), want)
	}
	_, value, err := list[2].times(.5)
	require.NoError(t, err)
	assert.InDelta(t, 1, value, 0, "a count does not vanish")
}

// said is a variant that blames those services, one case each.
func said(name string, services ...string) *variant {
	v := &variant{constant: Constant{Name: name}, value: 2}
	for i, s := range services {
		v.said = append(v.said, prediction{Case: string(rune('a' + i)), Ranked: []ranked{{Service: s, Metric: "CPU usage"}}})
	}
	return v
}

func TestValidate_BestOnOneSystem_IsMeasuredOnTheOther(t *testing.T) {
	truth := map[string]*fault{}
	for i, system := range []string{"x", "x", "y", "y"} {
		id := string(rune('a' + i))
		truth[id] = &fault{Case: id, System: system, Service: "right", Type: "cpu", MetricAny: []string{"cpu"}}
	}
	shipped := said("", "right", "wrong", "right", "right")
	fitted := said("fit", "right", "right", "wrong", "wrong") // all of x, none of y
	var b strings.Builder
	require.NoError(t, validate(&b, truth, []*variant{shipped, fitted}))
	lines := strings.Split(b.String(), "\n")
	assert.Contains(t, lines[2], "all but x")
	assert.Contains(t, lines[2], "shipped")
	assert.Contains(t, lines[3], "all but y")
	assert.Regexp(t, `fit 2 +1\.000 +0\.000, 0\.000 +1\.000, 1\.000`, lines[3])
}

func TestTable_Predictions_AreCountedBySystemAndKind(t *testing.T) {
	truth := map[string]*fault{
		"a": {System: "x", Service: "right", Type: "cpu", MetricAny: []string{"cpu"}}, "b": {System: "x", Service: "right", Type: "disk", MetricAny: []string{"disk"}},
	}
	list := []prediction{
		{Case: "a", Ranked: []ranked{{Service: "right", Metric: "CPU usage"}}},
		{Case: "b", Ranked: []ranked{{Service: "wrong"}, {Service: "wrong"}, {Service: "right", Metric: "CPU usage"}}},
		{Case: "unknown"},
	}
	var b strings.Builder
	table(&b, truth, list)
	assert.Regexp(t, `all +2 +0\.500 +1\.000 +0\.900 +0\.500`, b.String())
	assert.Regexp(t, `x disk +1 +0\.000 +1\.000 +0\.800 +0\.000`, b.String())
	assert.Zero(t, rankOf("none", list[1].Ranked))
}
