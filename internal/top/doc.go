// Package top shows in a terminal what a collector with Braid says about who is there: it reads the metrics of the
// prometheus exporter and the events file of the file exporter, so it needs nothing of its own in the collector.
package top
