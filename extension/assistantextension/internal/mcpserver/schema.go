package mcpserver

import (
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// resultSchema is the schema of Result without what a client does not need: every tool carries it, and a model reads it
// once for each.
func resultSchema() *jsonschema.Schema {
	schema, err := jsonschema.For[Result](nil)
	if err != nil {
		panic("the schema of a constant type: " + err.Error())
	}
	shorten(schema)
	// What is always there, and what is in it, a model sees when it is there.
	schema.Properties["facts"].Items.Required = nil
	schema.Properties["tables"].Items = &jsonschema.Schema{Type: "object"}
	schema.Properties["options"].Items = &jsonschema.Schema{Type: "object"}
	schema.Properties["data_quality"] = &jsonschema.Schema{Type: "object"}
	return schema
}

// shorten takes away that members may be null, which they never are, and that there are no others.
func shorten(s *jsonschema.Schema) {
	s.AdditionalProperties = nil
	if i := slices.IndexFunc(s.Types, func(t string) bool { return t != "null" }); i >= 0 {
		s.Type, s.Types = s.Types[i], nil
	}
	if s.Items != nil {
		shorten(s.Items)
	}
	for _, member := range s.Properties {
		shorten(member)
	}
}
