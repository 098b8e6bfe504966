//go:build !broken_itself

package seasonalityprocessor

// learnsItself is true only in a deliberately broken build, which tests must find.
const learnsItself = false
