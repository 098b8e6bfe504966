package kafka

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// repeated marks a record that was there before.
const repeated = "repeated"

// Repeater writes some of a cluster's records again, later than those that follow them and to any partition, as a producer
// does that was killed before it noted what it had sent.
type Repeater struct {
	client *kgo.Client
	rng    *rand.Rand
	stop   context.CancelFunc
	done   chan error
	count  atomic.Int64
}

// maxHeld is how many records that follow may overtake one that is repeated.
const maxHeld = 40

// Repeat repeats a third of the records of topics until it is stopped.
func (c *Cluster) Repeat(ctx context.Context, seed uint64, topics ...string) (*Repeater, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Addresses()...), kgo.ClientID("repeater"), kgo.Dialer(c.host.DialContext), kgo.ConsumeTopics(topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(100*time.Millisecond))
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &Repeater{client: client, rng: rand.New(rand.NewPCG(seed, 12)), stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- r.run(ctx) }()
	return r, nil
}

// Count is how many records were written again.
func (r *Repeater) Count() int64 { return r.count.Load() }

// Stop ends the repetition.
func (r *Repeater) Stop() error {
	r.stop()
	err := <-r.done
	r.client.Close()
	return err
}

func (r *Repeater) run(ctx context.Context) error {
	var held []*kgo.Record
	for {
		fetches := r.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // asked to stop
		}
		fetches.EachRecord(func(record *kgo.Record) {
			if len(record.Headers) > 0 || r.rng.IntN(3) > 0 {
				return
			}
			held = append(held, &kgo.Record{
				Topic: record.Topic, Value: record.Value, Headers: append(record.Headers, kgo.RecordHeader{Key: repeated}),
			})
		})
		r.rng.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
		for len(held) > r.rng.IntN(maxHeld) {
			if err := r.client.ProduceSync(ctx, held[0]).FirstErr(); err != nil {
				if ctx.Err() != nil {
					return nil //nolint:nilerr // asked to stop
				}
				return fmt.Errorf("repeating a record: %w", err)
			}
			r.count.Add(1)
			held = held[1:]
		}
	}
}
