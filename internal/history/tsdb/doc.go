// Package tsdb keeps metrics in Prometheus' own time series database inside the process, and answers PromQL over them.
//
// OTLP metrics become series by Prometheus' own translation, so names and labels are those that Prometheus' OTLP endpoint
// and the collector's Prometheus exporters give; histograms are stored as native ones. Beside the raw samples lie rollups:
// once an interval of event time is over, the minimum, maximum, average, sum and last value of every series in it. Queries
// that span long and step coarsely are answered from them without being written differently.
package tsdb
