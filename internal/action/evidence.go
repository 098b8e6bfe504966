package action

import "slices"

// Source is where a fact was seen.
type Source string

// The sources. Two facts of one source may be one event seen twice; facts of two are independent signals.
const (
	FromTraces  Source = "traces"
	FromLogs    Source = "logs"
	FromMetrics Source = "metrics"
	FromChanges Source = "changes"
)

// Known reports whether it is one of the sources.
func (s Source) Known() bool {
	return slices.Contains([]Source{FromTraces, FromLogs, FromMetrics, FromChanges}, s)
}

// Independent reports whether facts come from two sources at least.
func Independent(list []Evidence) bool {
	for i := range list {
		if list[i].Source != list[0].Source && list[i].Source.Known() {
			return list[0].Source.Known()
		}
	}
	return false
}
