// Package figures keeps the few figures that a report of a day, a week or a month is made of, as metrics and events pass: the
// greatest and the sum of each, by half hours of event time. It knows no clock, and every table of it is bounded.
package figures
