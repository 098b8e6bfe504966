// Package throughput holds the test that braidctl can load a collector: what it sends a second of its own processor time.
package throughput
