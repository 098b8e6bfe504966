// Package sessioncorrelationprocessor stamps every span and log record with the session and user behind it, and follows
// each session's life.
package sessioncorrelationprocessor

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
