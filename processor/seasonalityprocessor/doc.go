// Package seasonalityprocessor learns what each metric series usually is at this hour of this weekday and says, as metrics
// beside those that pass, what is usual, how surprising the latest value is, and where the series is going.
package seasonalityprocessor

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
