// Package assistantreceiver tells pipelines what becomes of the actions that the assistant extension lets people decide about:
// a braid.action event for each step.
package assistantreceiver

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
