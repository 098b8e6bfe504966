package kafkalookbackprocessor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// log reads partitions without being of a group. It holds nothing: partitions come seldom.
type log struct {
	options  []kgo.Opt
	lookback time.Duration
	most     int64
}

// read hands f the records from one offset up to another, which is not among them, as far as they are of the time that is
// looked back on from that one.
func (l *log) read(ctx context.Context, p partition, from, to int64, f func(value []byte) error) error {
	start, err := l.start(ctx, p, to)
	if err != nil {
		return err
	}
	from = max(from, start, to-l.most)
	if from >= to {
		return nil
	}
	cl, err := l.client(p, from)
	if err != nil {
		return err
	}
	defer cl.Close()
	for {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("reading from offset %d: %w", from, err)
		}
		for records := fetches.RecordIter(); !records.Done(); {
			r := records.Next()
			if r.Offset >= to {
				return nil
			}
			if err := f(r.Value); err != nil {
				return err
			}
		}
	}
}

// start is the first offset of the time that is looked back on from the record at another.
func (l *log) start(ctx context.Context, p partition, offset int64) (int64, error) {
	cl, err := l.client(p, offset)
	if err != nil {
		return 0, err
	}
	defer cl.Close()
	var first []*kgo.Record
	for len(first) == 0 {
		fetches := cl.PollRecords(ctx, 1)
		if err := fetches.Err(); err != nil {
			return 0, fmt.Errorf("reading the record at offset %d: %w", offset, err)
		}
		first = fetches.Records()
	}
	since := first[0].Timestamp.Add(-l.lookback)
	listed, err := kadm.NewClient(cl).ListOffsetsAfterMilli(ctx, since.UnixMilli(), p.topic)
	if err != nil {
		return 0, fmt.Errorf("asking for the offset at %v: %w", since, err)
	}
	found, ok := listed.Lookup(p.topic, p.number)
	if !ok {
		return 0, fmt.Errorf("asking for the offset at %v: no such partition", since)
	}
	return found.Offset, found.Err
}

// client reads a partition from an offset on.
func (l *log) client(p partition, from int64) (*kgo.Client, error) {
	at := map[string]map[int32]kgo.Offset{p.topic: {p.number: kgo.NewOffset().At(from)}}
	cl, err := kgo.NewClient(append(slices.Clip(l.options), kgo.ConsumePartitions(at))...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the brokers: %w", err)
	}
	return cl, nil
}
