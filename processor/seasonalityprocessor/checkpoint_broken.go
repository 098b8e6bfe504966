//go:build broken_checkpoint

package seasonalityprocessor

// checkpointsNothing forgets what was learnt when the collector restarts.
const checkpointsNothing = true
