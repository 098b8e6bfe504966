// Package injection plants instructions in everything that a stranger can write into telemetry, into a document and into an
// alert, lets them through Braid's own components up to a model of language that obeys them, and holds what is answered and
// told against the same with harmless words in their place.
package injection
