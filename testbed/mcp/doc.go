// Package mcp has clients that are not ours use the tools of the assistant: the TypeScript SDK of the Model Context
// Protocol, over HTTP and over standard input and output, and its inspector.
package mcp
