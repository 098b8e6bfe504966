// Package simulate makes the telemetry of an invented shop that sells in nine Korean regions: browsers, nginx, Java
// application servers, a payment service and their databases, with sessions, users, logs, host and JVM metrics, a daily and
// a weekly rhythm, and planted trouble to be found. Everything follows from a seed and a start time, nothing from the clock
// of the machine: equal configurations give equal telemetry, item by item.
//
// The package knows nothing of OTLP; package encode beside it turns a [Batch] into pdata.
package simulate
