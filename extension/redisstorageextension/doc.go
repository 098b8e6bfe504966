// Package redisstorageextension keeps the state of components on Redis, Sentinel or Redis Cluster, so that another replica
// goes on with it when one dies.
//
// All state of a replica is one shard. A lease says whose it is: whoever takes it writes a token of its own into it, every
// write names the token it was made under, and the server refuses those that name another. So two owners cannot both
// write, whatever they believe of themselves. A write counts once enough replicas of the server have it (WAIT).
package redisstorageextension

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
