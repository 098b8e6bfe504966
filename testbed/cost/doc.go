// Package cost measures what Braid's processors add to a collector: processor time for each accepted span and resident
// memory, of otlp → session_correlation → concurrency → nop beside otlp → nop in the same run.
//
// The built collector and the load generator (braidctl load) are child processes of their own. Whatever else the machine
// does shall meet all pipelines alike: at the paced rate, which leaves room, all of them run at the same time; at
// saturation rounds interleave them and swap their order. Medians over the rounds are reported. Only the collector's own
// processor time counts, so a busy machine changes the rate at saturation, hardly the ratio.
//
// A copy of the collector is measured, as an installation would have it. Resident memory includes the pages of the
// program's file, and the kernel maps those in the pieces in which it happens to have them at hand: of a file as the linker
// wrote it up to twice as much as of a copy. Both are reported, what the process has for itself and the whole.
package cost
