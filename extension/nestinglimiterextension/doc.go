// Package nestinglimiterextension is a middleware of receivers that refuses requests nested deeper than telemetry is. Decoding,
// copying and encoding a value recurses level by level, so that four mebibytes of nothing but levels cost more than a gigabyte;
// they are refused before they are decoded.
package nestinglimiterextension

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
