// Package action decides what may be done to a running system and by whom: a fixed catalogue of actions with typed
// arguments and limits, policies by environment, proposals as canonical bytes, and the steps from a proposal to its
// verification. It does nothing itself and knows no clock: executors and the time are the caller's.
package action
