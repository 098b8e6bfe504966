// Package rcaeval replays recorded faults through the root cause engine and writes what it blames.
package rcaeval
