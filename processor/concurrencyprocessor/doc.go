// Package concurrencyprocessor counts the distinct users, sessions and clients behind telemetry: over a sliding window as
// gauges, and in tumbling buckets as sketches that merge with those of other collectors.
package concurrencyprocessor

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
