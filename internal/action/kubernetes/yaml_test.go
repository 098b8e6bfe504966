package kubernetes

import (
	"bytes"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type document struct {
	kind string
	text []byte
}

// documents are those of a YAML file, as JSON.
func documents(text []byte) iter.Seq[document] {
	return func(yield func(document) bool) {
		for part := range bytes.SplitSeq(text, []byte("\n---\n")) {
			var head struct {
				Kind string `json:"kind"`
			}
			if yaml.Unmarshal(part, &head) != nil || !yield(document{head.Kind, part}) {
				return
			}
		}
	}
}

// decode reads a document with no field that the API does not know.
func decode[T any](t *testing.T, text []byte) (out T) {
	t.Helper()
	require.NoError(t, yaml.UnmarshalStrict(text, &out))
	return out
}

func cut(resource string) (group, name string, ok bool) { return strings.Cut(resource, "/") }
