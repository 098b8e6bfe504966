// Package cost measures what Braid's processors add to a collector: processor time for each accepted span and resident
// memory, of otlp → session_correlation → concurrency → nop beside otlp → nop in the same run.
//
// The built collector and the load generator (braidctl load) are child processes of their own. Rounds interleave the two
// pipelines and swap their order, so that whatever else the machine does meets both alike; medians over the rounds are
// reported. Only the collector's own processor time counts, so a busy machine changes the rate at saturation, not the
// ratio.
package cost
