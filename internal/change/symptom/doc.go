// Package symptom reads the telemetry around a trouble: which signals of which service left their own normal and when,
// which service failed first, and which ones it dragged down.
//
// It is made for what an incident leaves behind: a few hours of metrics once a minute, log records, and a few traces.
// Normal is what the first quarter of a series showed, by median and spread. A service that says only that another one
// fails passes trouble on; a service whose callee fails by itself is explained by it; load that changed and calls that the
// caller gave up are no failures. What is left is ranked by strength, then by onset.
//
// A live system need not tell everything: metrics, records from warnings up with a few plain ones, failed spans with their
// parents and a few good ones suffice; [Book.Forget] keeps normal to what was normal lately.
//
// The package is pure, and every table in it is bounded.
package symptom
