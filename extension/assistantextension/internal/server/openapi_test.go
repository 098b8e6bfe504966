package server

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write openapi.json and the page's types anew")

const pageTypes = "../../web/src/api/types.gen.ts"

// The document and the types of the page say what the routes and the Go types say. After a change of either:
//
//	go test ./extension/assistantextension/internal/server -run OpenAPI -update
func TestOpenAPI_Document_SaysWhatRoutesAndTypesSay(t *testing.T) {
	types := newSchemas(t)
	want := marshal(t, document(types))
	got := openAPI
	if *update {
		require.NoError(t, os.WriteFile("openapi.json", want, 0o600))
		got = want
	}
	assert.Equal(t, string(want), string(got), "run this test with -update")
}

func TestOpenAPI_PageTypes_SayWhatGoTypesSay(t *testing.T) {
	types := newSchemas(t)
	document(types)
	want := typescript(types)
	if *update {
		require.NoError(t, os.WriteFile(pageTypes, []byte(want), 0o600))
	}
	got, err := os.ReadFile(pageTypes)
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "run this test with -update, then build the page")
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(v))
	return text.Bytes()
}

func document(types *schemas) map[string]any {
	paths := map[string]map[string]any{}
	for _, r := range routes {
		if paths[r.path] == nil {
			paths[r.path] = map[string]any{}
		}
		paths[r.path][strings.ToLower(r.method)] = operation(types, r)
	}
	problemSchema := types.of(reflect.TypeFor[Problem]())
	return map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "Braid assistant", "version": "1",
			"description": "What the page asks. Times are RFC 3339; durations are nanoseconds; units are UCUM. " +
				"Every number in a sentence is a fact of the answer.",
			"license": map[string]any{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers": []any{map[string]any{"url": prefix}},
		"paths":   paths,
		"components": map[string]any{
			"schemas": types.made,
			"responses": map[string]any{"Problem": map[string]any{
				"description": "What is wrong and what to do.",
				"content":     map[string]any{"application/problem+json": map[string]any{"schema": problemSchema}},
			}},
		},
	}
}

func operation(types *schemas, r route) map[string]any {
	op := map[string]any{
		"operationId": r.name, "summary": r.summary, "description": "Needs the role " + string(r.role) + ".",
		"responses": map[string]any{
			"200":     map[string]any{"description": "OK", "content": content(types, r)},
			"default": map[string]any{"$ref": "#/components/responses/Problem"},
		},
	}
	var parameters []any
	for _, p := range r.params {
		parameters = append(parameters, parameter(r, p))
	}
	if r.writes() {
		parameters = append(parameters, map[string]any{
			"name": tokenHeader, "in": "header", "required": true, "schema": map[string]any{"type": "string"},
			"description": "csrf_token of /me.",
		})
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	if r.body != nil {
		op["requestBody"] = map[string]any{
			"required": true,
			"content":  map[string]any{"application/json": map[string]any{"schema": types.of(reflect.TypeOf(r.body))}},
		}
	}
	return op
}

func parameter(r route, p param) map[string]any {
	schema := map[string]any{"type": "string"}
	if p.kind != "" {
		schema["type"] = p.kind
	}
	if p.format != "" {
		schema["format"] = p.format
	}
	if p.enum != nil {
		schema["enum"] = p.enum
	}
	in := "query"
	if strings.Contains(r.path, "{"+p.name+"}") {
		in = "path"
	}
	return map[string]any{"name": p.name, "in": in, "required": in == "path", "description": p.description, "schema": schema}
}

func content(types *schemas, r route) map[string]any {
	if r.result == nil {
		return map[string]any{r.media: map[string]any{}}
	}
	return map[string]any{"application/json": map[string]any{"schema": types.of(reflect.TypeOf(r.result))}}
}

// typescript writes the schemas as types.
func typescript(types *schemas) string {
	var b strings.Builder
	b.WriteString("// Made from the Go types by openapi_test.go of the server; do not edit.\n")
	for _, name := range slices.Sorted(maps.Keys(types.made)) {
		schema := types.made[name].(map[string]any)
		if doc, ok := schema["description"]; ok {
			fmt.Fprintf(&b, "\n/** %s */\n", doc)
		} else {
			b.WriteByte('\n')
		}
		properties, ok := schema["properties"].(map[string]any)
		if !ok {
			fmt.Fprintf(&b, "export type %s = %s;\n", name, tsType(schema))
			continue
		}
		required, _ := schema["required"].([]string)
		fmt.Fprintf(&b, "export interface %s {\n", name)
		for _, field := range slices.Sorted(maps.Keys(properties)) {
			property := properties[field].(map[string]any)
			if doc, ok := property["description"]; ok {
				fmt.Fprintf(&b, "  /** %s */\n", doc)
			}
			optional := "?"
			if slices.Contains(required, field) {
				optional = ""
			}
			fmt.Fprintf(&b, "  %s%s: %s;\n", field, optional, tsType(property))
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func tsType(schema map[string]any) string {
	if to, ok := schema["$ref"].(string); ok {
		return to[strings.LastIndexByte(to, '/')+1:]
	}
	if values, ok := schema["enum"].([]string); ok {
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = strconv.Quote(v)
		}
		return strings.Join(quoted, " | ")
	}
	switch kind := schema["type"].(type) {
	case []string:
		return tsType(map[string]any{"type": kind[0], "items": schema["items"]}) + " | null"
	case string:
		switch kind {
		case "array":
			inner := tsType(schema["items"].(map[string]any))
			if strings.Contains(inner, "|") {
				inner = "(" + inner + ")"
			}
			return inner + "[]"
		case "object":
			return "Record<string, " + tsType(schema["additionalProperties"].(map[string]any)) + ">"
		case "integer":
			return "number"
		default:
			return kind
		}
	}
	panic(fmt.Sprintf("no type for %v", schema))
}
