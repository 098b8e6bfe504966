// Package soak runs the built collector with every component through a simulated week as fast as it takes it, and watches
// whether memory, goroutines or descriptors grow.
package soak
