// Package promapi answers PromQL from a Prometheus-compatible API: Prometheus itself, Mimir, Thanos, VictoriaMetrics.
package promapi
