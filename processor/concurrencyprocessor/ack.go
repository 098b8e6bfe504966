//go:build !broken_ack

package concurrencyprocessor

// ackBeforeFlush is true only in a deliberately broken build, which the tests that kill a collector must find.
const ackBeforeFlush = false
