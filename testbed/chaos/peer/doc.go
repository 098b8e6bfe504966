// Package peer has what a collector talks to, such that tests can break it: a TCP proxy that is slow, closed or talks
// nonsense, a backend that takes OTLP, a language model, and a PostgreSQL server. All listen on loopback.
package peer
