package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMCP_NobodyThere_SaysWhere(t *testing.T) {
	t.Parallel()
	var out, complaint bytes.Buffer
	code := run(t.Context(), []string{"mcp", "--assistant", "http://127.0.0.1:1/"}, &out, &complaint)
	assert.Equal(t, exitFailure, code)
	assert.Empty(t, out.String(), "standard output belongs to the protocol")
	assert.Contains(t, complaint.String(), "http://127.0.0.1:1/mcp")
}
