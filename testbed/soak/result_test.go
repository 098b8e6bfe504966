package soak

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPrint_OnlyWhatGrew_IsNamed(t *testing.T) {
	t.Parallel()
	r := &Result{span: 3 * time.Hour}
	for n := range 30 {
		at := time.Duration(n) * 6 * time.Minute
		r.working = append(r.working, sample{At: at, Resident: float64(200+n) * mebi})
		r.rests = append(r.rests, sample{At: at, Resident: 100 * mebi, Heap: float64(50+n) * mebi, Goroutines: 60, Descriptors: float64(40 + n)})
	}
	var b strings.Builder
	grown, err := r.Print(&b)
	require.NoError(t, err)
	assert.Equal(t, []string{"heap alive after a collection, MiB", "descriptors"}, grown)
	assert.Contains(t, b.String(), "| resident, MiB | 100.0 | 100.0 | 100.0 | 1.000 | 209, 219, 229 |")
}
