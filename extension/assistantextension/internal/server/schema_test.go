package server

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// schemas turns the types of the API into JSON Schema. Comments of the types and fields become descriptions.
type schemas struct {
	docs  map[string]string   // Type or Type.Field → comment
	enums map[string][]string // values of the constants of a string type
	made  map[string]any
}

// sources are the packages whose types the API speaks.
var sources = []string{".", "../../../../internal/answer", "../../../../internal/query"}

func newSchemas(t *testing.T) *schemas {
	t.Helper()
	s := &schemas{docs: map[string]string{}, enums: map[string][]string{}, made: map[string]any{}}
	for _, folder := range sources {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
			require.NoError(t, err)
			for _, decl := range file.Decls {
				if d, ok := decl.(*ast.GenDecl); ok {
					s.read(d)
				}
			}
		}
	}
	return s
}

func (s *schemas) read(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.docs[spec.Name.Name] = comment(d.Doc, spec.Doc)
			if fields, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range fields.Fields.List {
					for _, name := range f.Names {
						s.docs[spec.Name.Name+"."+name.Name] = comment(f.Doc, f.Comment)
					}
				}
			}
		case *ast.ValueSpec:
			kind, ok := spec.Type.(*ast.Ident)
			if !ok || len(spec.Values) != 1 {
				continue
			}
			if v, ok := spec.Values[0].(*ast.BasicLit); ok && v.Kind == token.STRING {
				s.enums[kind.Name] = append(s.enums[kind.Name], strings.Trim(v.Value, `"`))
			}
		}
	}
}

func comment(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if text := strings.Join(strings.Fields(g.Text()), " "); text != "" {
			return text
		}
	}
	return ""
}

// of is the schema of a type: a reference for those with a name of their own.
func (s *schemas) of(t reflect.Type) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[time.Duration]():
		return map[string]any{"type": "integer", "description": "Nanoseconds."}
	}
	switch t.Kind() {
	case reflect.Pointer:
		inner := s.of(t.Elem())
		if kind, ok := inner["type"].(string); ok {
			inner["type"] = []string{kind, "null"}
		}
		return inner
	case reflect.Slice:
		list := map[string]any{"type": "array", "items": s.of(t.Elem())}
		if t.Name() == "" {
			return list
		}
		return s.named(t, list)
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		if _, ok := s.made[t.Name()]; ok {
			return ref(t)
		}
		s.made[t.Name()] = nil // a type may hold itself
		properties, required := map[string]any{}, []string{}
		s.fields(t, properties, &required)
		object := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
		if len(required) > 0 {
			object["required"] = required
		}
		return s.named(t, object)
	case reflect.String:
		if values := s.enums[t.Name()]; len(values) > 0 {
			return s.named(t, map[string]any{"type": "string", "enum": values})
		}
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	default:
		return map[string]any{"type": "integer"}
	}
}

func (s *schemas) fields(t reflect.Type, properties map[string]any, required *[]string) {
	for f := range t.Fields() {
		if f.Anonymous {
			s.fields(f.Type, properties, required)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		schema := s.of(f.Type)
		if doc := s.docs[t.Name()+"."+f.Name]; doc != "" {
			if own, ok := schema["description"].(string); ok {
				doc += " " + own
			}
			schema["description"] = doc
		}
		properties[name] = schema
		if options == "" {
			*required = append(*required, name)
		}
	}
}

func (s *schemas) named(t reflect.Type, schema map[string]any) map[string]any {
	if doc := s.docs[t.Name()]; doc != "" {
		schema["description"] = doc
	}
	s.made[t.Name()] = schema
	return ref(t)
}

func ref(t reflect.Type) map[string]any {
	return map[string]any{"$ref": "#/components/schemas/" + t.Name()}
}
