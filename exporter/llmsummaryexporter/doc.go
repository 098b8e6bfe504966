// Package llmsummaryexporter tells incidents, anomalies, forecasts and session security events in a few sentences: by
// templates, and better phrased by a language model where one is configured, whose every word is verified.
package llmsummaryexporter

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
