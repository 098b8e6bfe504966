// Package incidentconnector turns traces, metrics and logs into a few incidents: it groups alerts, finds what departs from
// its normal, ranks what caused it and counts whom it hit, inside the pipeline and in bounded memory.
package incidentconnector

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
