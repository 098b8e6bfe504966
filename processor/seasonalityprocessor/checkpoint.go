//go:build !broken_checkpoint

package seasonalityprocessor

// checkpointsNothing is true only in a deliberately broken build, which the tests that restart a collector must find.
const checkpointsNothing = false
