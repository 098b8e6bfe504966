// Package rcaeval replays recorded faults through the incident connector and writes whom it suspects.
package rcaeval
