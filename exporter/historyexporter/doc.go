// Package historyexporter writes what passes through Braid to the stores of the history extension: metrics as series,
// derived events as records, and of traces the rates and latencies of operations and those worth keeping.
package historyexporter

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
