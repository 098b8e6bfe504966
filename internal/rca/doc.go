// Package rca finds when a system departs from its own recent normal and ranks what caused it. It reads spans, logs and
// metrics as plain values on event time, in bounded memory, and knows nothing of the collector.
package rca
