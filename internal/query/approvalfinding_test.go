package query

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A signal whose origin is not known proves nothing, silently.
func TestOrigins_EverySignalOfADiagnosis_HasOne(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../rca/rca.go", nil, 0)
	require.NoError(t, err)
	signals := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Signal" {
			return true
		}
		signal, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		assert.Contains(t, origins, signal)
		signals++
		return true
	})
	assert.Equal(t, len(origins), signals)
}
