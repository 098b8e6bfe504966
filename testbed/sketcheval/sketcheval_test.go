package sketcheval

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun_SmallCrowds_KeepToTheirBars(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, Run(&out, Options{Seeds: 300, MaxPeople: 10_000}))
	assert.Equal(t, 7, strings.Count(out.String(), "\n"))
	assert.Contains(t, out.String(), "closed bucket, p=14")
}
