//go:build broken_ack

package concurrencyprocessor

// ackBeforeFlush answers the sender before its data is durable.
const ackBeforeFlush = true
