// Package collector runs a built collector as a child process on loopback: it finds free ports, starts the binary, waits
// until it is healthy, keeps the end of what it logs, signals it and reaps it. Tests that need a process of its own, the
// demo and the evaluations stand on it.
package collector
