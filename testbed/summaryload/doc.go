// Package summaryload measures what a language model's endpoint that misbehaves costs the pipeline (R15): two collectors that
// differ only in that the second has a model configured, loaded in turns in one run, so that what else the machine does
// meets both.
package summaryload
