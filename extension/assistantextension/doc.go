// Package assistantextension answers people: it serves the page, the JSON API and the live stream on top of the one query
// service, to whom the configuration lets in.
package assistantextension

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
