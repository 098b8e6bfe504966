//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml

// Package sessionstorereceiver is the session_store receiver: it reads the sessions that application servers keep outside
// themselves, in Redis or in a database, so that it is known who is logged in where nothing is instrumented.
package sessionstorereceiver
