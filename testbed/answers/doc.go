// Package answers asks the query service about a shop whose truth is known: simulated telemetry that went through Braid's
// own components, on its own clock, into real stores.
package answers
