// Package historyextension opens the stores that Braid remembers in: records in SQLite or PostgreSQL, metrics in an embedded
// time series database or behind a Prometheus-compatible API. Other components find it by its ID and use it as a
// history.Provider; Grafana reads it as a Prometheus.
package historyextension

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
