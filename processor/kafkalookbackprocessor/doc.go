// Package kafkalookbackprocessor hands over what a partition's last owner knew: when a Kafka partition comes to a collector, it
// reads back what was written just before, so that traces whose beginning another collector has read are known here too.
package kafkalookbackprocessor

//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml
