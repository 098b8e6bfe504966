// Package incidentcost measures what the incident connector costs: the memory of floods of names, the time from the closing of
// a window to the report, and spans a second.
package incidentcost
