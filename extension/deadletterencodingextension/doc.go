// Package deadletterencodingextension decodes OTLP and keeps what is none: the bytes of a record that cannot be read go into a file,
// so that receivers may pass it over without losing it.
package deadletterencodingextension

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
