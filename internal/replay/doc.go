// Package replay reads recorded telemetry, OTLP/JSON one export a line (gzip too), in order of time over all files.
//
// A line's place in time is its latest event: the end of a span, the time of a log record or data point. Files are merged
// by the time of the line each would give next, so a file keeps its own order, as it arrived. Lines are decoded on all
// cores ahead of the merge.
package replay
