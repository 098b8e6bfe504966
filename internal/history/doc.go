// Package history says what Braid remembers and how it is asked: records in a Store, numbers over time in Metrics.
//
// Records are sessions, sketches, events, traces worth keeping, reports, actions and the audit log. Writing is
// idempotent and does not depend on order: every record has a natural key, and two records of one key merge to the same
// row whichever came first and however often. So what travels twice, late or out of order counts once.
//
// Metrics answer PromQL, whether the series lie in the embedded TSDB or behind a Prometheus-compatible API.
//
// Everything belongs to a Tenant, which every call names; nothing is ever returned of another. Time is event time, in
// nanoseconds since 1970 where it is a number. The packages beside this one implement it: sqlite and postgres hold
// records by way of relational, tsdb and promapi answer PromQL.
package history
