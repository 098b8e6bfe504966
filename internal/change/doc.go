// Package change says which change broke a system: it matches what was deployed, switched and committed with what is wrong.
//
// A change is blamed for what it does, never for being the last. A commit is read as edits (a limit lowered, a guard
// removed, a query put into a loop), and each edit is compared with the trouble in five ways:
//
//	frame       the failing stack names a file the commit touched
//	words       rare words of the edit stand in what fails: a table, a setting, an exception
//	name        what fails names a table, a key, a host or a value that the commit put in or took out
//	number      a value the commit introduced is what the telemetry now shows: a pool of 10, a deadline of 300 ms
//	mechanism   the edit is of a kind that causes this kind of failure ([mechanisms])
//
// Circumstance adds a little: it went to the failing service just before. Lines that were only moved say nothing. What the evidence is worth then depends on where the commit went (the service
// that fails, a neighbour, somewhere else) and when it arrived there: what came after the first symptom caused nothing.
//
// «None» is an answer: causes from outside (a provider that answers 503, a certificate that expired, more visitors)
// speak against every commit, and weak evidence convicts nobody.
//
// The package is pure: it reads values and texts, and everything it concludes is in the [Verdict] as [Evidence].
package change
