// Package grpcreconnectextension says how soon a gRPC client whose connection broke tries again.
//
// gRPC itself waits 1 s, then 1.6 times as long each time, up to two minutes, and no setting of the collector changes that.
// Where another process takes over within a second or two, that is most of the time until data flows again. Clients name
// this extension under middlewares; it hands them dial options and is idle otherwise.
package grpcreconnectextension

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
