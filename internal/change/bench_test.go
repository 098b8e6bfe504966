package change

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkJudge judges a day of 200 commits of 200 changed lines each.
func BenchmarkJudge(b *testing.B) {
	l := NewLedger(0)
	for i := range 200 {
		var patch strings.Builder
		for j := range 100 {
			fmt.Fprintf(&patch, "-\tcfg.Value%d = load(ctx, source%d, %d)\n+\tcfg.Value%d = fetch(ctx, origin%d, %d)\n", j, i, j, j, i, j*2)
		}
		l.Commit(Commit{Revision: fmt.Sprintf("%010d", i), Time: noon.Add(-time.Duration(i) * time.Minute), Files: []string{"services/cart/a.go"}, Message: "change", Patch: patch.String()})
	}
	l.Deploy(Deployment{Time: noon.Add(-time.Minute), Service: "cart", Revision: "0000000002"})
	trouble := Trouble{Service: "cart", Onset: noon}
	for i := range 50 {
		trouble.Symptoms = append(trouble.Symptoms, Symptom{Service: "cart", Kind: SymptomLog, Since: noon, Text: fmt.Sprintf("cart: connection pool exhausted after waiting for slot %d", i)})
	}
	b.ReportAllocs()
	for b.Loop() {
		require.NotEmpty(b, l.Judge(trouble).Candidates)
	}
}
