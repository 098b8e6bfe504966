// Package seasonal knows what a metric series usually looks like at this hour of this weekday, how surprising its latest
// value is, and where it is going. A [Series] is the model of one series: it learns online, in bounded memory and without
// allocating, and survives a restart through [Series.AppendBinary] and [Decode].
package seasonal
