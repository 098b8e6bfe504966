// Package kafka is what tests need of Kafka: the in-process cluster of franz-go (kfake), which speaks the protocol and keeps
// offsets and groups but is no broker, with doors that can be shut to a client, records that come twice and in another order,
// and offsets that are set back. A [Process] is such a cluster in a process of its own, which can be killed.
package kafka
