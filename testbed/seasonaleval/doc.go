// Package seasonaleval runs the anomaly score and the forecasts of Braid over folders of recorded series and writes what
// they said as CSV, for a scorer that knows the labels.
package seasonaleval
