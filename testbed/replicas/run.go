package replicas

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/testbed/collector"
)

// Options say what is run.
type Options struct {
	Shards    int
	Traffic   Traffic
	Idle      time.Duration // after which a session has ended; 0 does not wait for any to end
	For       time.Duration // how long traffic comes
	KillEvery time.Duration // how often the serving process of a shard is killed, one shard after the other
	StopEvery int           // one of so many, and the first, is not killed but asked to end (SIGTERM); 0 none, 1 all
	Failovers int           // of the Redis Cluster, spread over the run
	Tier      time.Duration // width of the stretches of which visits are counted, one that concurrency makes sketches of
	Dir       string        // for everybody's files
	Binary    string        // the collector
	Log       func(format string, args ...any)
}

// Run runs it.
func Run(ctx context.Context, o Options) (result Result, err error) {
	store, err := newStore(ctx, o.Dir)
	if err != nil {
		return result, err
	}
	defer store.close()
	to, err := newSink(ctx, o.Tier)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, to.close()) }()

	shards, balancer, err := start(ctx, &o, store, to)
	defer func() {
		for _, s := range shards {
			err = errors.Join(err, s.close())
		}
		if balancer != nil && balancer.process != nil {
			err = errors.Join(err, balancer.process.Kill())
		}
	}()
	if err != nil {
		return result, err
	}
	made, err := disturbed(ctx, &o, &result, shards, balancer, store, to)
	if err != nil {
		return result, err
	}
	result.StoreCPU, result.StoreBytes = store.usage(ctx)
	settled := to.settle(ctx, made, o.Idle)
	result.judge(to, made, &o)
	if settled != nil && ctx.Err() == nil {
		o.Log("not settled: %v", settled)
		settled = nil // the result tells what is missing
	}
	result.cost(shards, balancer)
	return result, settled
}

// start starts two processes for every shard, and the balancer once one of each serves.
func start(ctx context.Context, o *Options, store *store, to *sink) ([]*shard, *replica, error) {
	var shards []*shard
	for i := range o.Shards {
		s, err := newShard(i, o.Binary, o.Dir, store.addresses(), to, o)
		if err != nil {
			return shards, nil, err
		}
		shards = append(shards, s)
		for _, r := range s.replica {
			if err := r.start(ctx); err != nil {
				return shards, nil, err
			}
		}
	}
	for _, s := range shards {
		if _, _, err := s.serving(ctx); err != nil {
			return shards, nil, err
		}
	}
	balancer, err := newBalancer(o.Binary, o.Dir, shards)
	if err != nil {
		return shards, nil, err
	}
	err = balancer.start(ctx)
	return shards, balancer, err
}

// disturbed sends the traffic while replicas are killed and the store fails over, and returns what was sent.
func disturbed(
	ctx context.Context, o *Options, result *Result, shards []*shard, balancer *replica, store *store, to *sink,
) (*sent, error) {
	client, err := otlpsend.Dial(balancer.at.OTLPGRPC, otlpsend.Options{Patience: patience})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	over, cancel := context.WithDeadline(ctx, began.Add(o.For))
	defer cancel()
	made, err := newSent(o.Tier)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error { return send(gctx, over, &o.Traffic, client, made) })
	group.Go(func() error { return supervise(gctx, over, shards) })
	var mu sync.Mutex
	group.Go(func() error {
		for n := 0; pause(over, o.KillEvery); n++ {
			k, err := takeover(gctx, shards[n%len(shards)], to, o.StopEvery > 0 && n%o.StopEvery == 0)
			if err != nil {
				return err
			}
			o.Log("shard %d: stopped=%v, ended after %v, served after %v, a new span after %v", k.Shard, k.Stopped,
				k.Ended.Round(time.Millisecond), k.Served.Round(time.Millisecond), k.Delivered.Round(time.Millisecond))
			mu.Lock()
			result.Takeovers = append(result.Takeovers, k)
			mu.Unlock()
		}
		return nil
	})
	group.Go(func() error {
		for n := 0; n < o.Failovers && pause(over, o.For/time.Duration(o.Failovers+1)); n++ {
			took, err := store.failOver(gctx, leaseOf(shards[n%len(shards)].number))
			if err != nil {
				return err
			}
			o.Log("Redis failed over in %v", took.Round(time.Millisecond))
			mu.Lock()
			result.Failovers = append(result.Failovers, took)
			mu.Unlock()
		}
		return nil
	})
	err = group.Wait()
	stats := client.Stats()
	result.For, result.Acknowledged = time.Since(began), uint64(stats.Total().Accepted)
	if lost := stats.Total().Refused + stats.Total().Failed; err == nil && lost > 0 {
		err = fmt.Errorf("%d spans were not acknowledged: %v", lost, &stats)
	}
	return made, errors.Join(err, client.Close())
}

// pause waits; false means that the run is over.
func pause(over context.Context, d time.Duration) bool {
	if d <= 0 {
		<-over.Done()
		return false
	}
	select {
	case <-over.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// sendersAtOnce bounds the requests that wait for an answer.
const sendersAtOnce = 32

// send sends every tick's request when its time has come, and returns when all are acknowledged.
func send(ctx, over context.Context, t *Traffic, client *otlpsend.Client, made *sent) error {
	var senders errgroup.Group
	senders.SetLimit(sendersAtOnce)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for n := 0; over.Err() == nil; n++ {
		request, err := t.request(n, time.Now(), made)
		if err != nil {
			return err
		}
		if request.Items > 0 {
			senders.Go(func() error { return client.Send(ctx, &request) })
		}
		select {
		case <-ticker.C:
		case <-over.Done():
		}
	}
	return senders.Wait()
}

// takeover ends the process that serves a shard and starts it again, to wait, once the other serves.
func takeover(ctx context.Context, s *shard, to *sink, stop bool) (Takeover, error) {
	serves, waits, err := s.serving(ctx)
	if err != nil {
		return Takeover{}, err
	}
	k := Takeover{Shard: s.number, Stopped: stop}
	w := to.await(s.number)
	s.mu.Lock()
	asked := time.Now()
	if stop {
		err = serves.stop(ctx)
	} else {
		err = serves.kill()
	}
	s.mu.Unlock()
	if err != nil {
		return k, err
	}
	k.Ended = time.Since(asked)
	if err := until(ctx, func() bool { return waits.serves(ctx) }); err != nil {
		return k, fmt.Errorf("nobody takes shard %d: %w\n%s", s.number, err, s.logs())
	}
	k.Served = time.Since(asked)
	select {
	case at := <-w.seen:
		k.Delivered = at.Sub(asked)
	case <-time.After(patience):
		return k, fmt.Errorf("no span comes from shard %d\n%s", s.number, s.logs())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return k, serves.start(ctx)
}

// settleLimit is how long the rest may take, besides the time until sessions end.
const settleLimit = 2 * time.Minute

// settle waits until everything sent has arrived, every session has begun and, unless idle is zero, ended, and the counts
// are right.
func (s *sink) settle(ctx context.Context, made *sent, idle time.Duration) error {
	return poll(ctx, idle+settleLimit, compareEvery, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.arrived < made.spans || len(s.events[eventStart]) < len(made.visits) ||
			idle > 0 && len(s.events[eventEnd]) < len(made.visits) {
			return false
		}
		wrong, _ := s.counts.against(made.counts)
		return wrong == 0
	})
}

const compareEvery = 200 * time.Millisecond

// cost adds up what the processes have used.
func (r *Result) cost(shards []*shard, balancer *replica) {
	memory := func(p *replica) uint64 {
		used, err := p.process.Usage()
		if err != nil {
			return 0
		}
		p.used.CPUSeconds += used.CPUSeconds
		return used.RSSBytes
	}
	for _, s := range shards {
		r.Revived += s.revived
		for _, p := range s.replica {
			if rss := memory(p); p.serves(context.Background()) {
				r.ServingBytes = max(r.ServingBytes, rss)
			} else {
				r.WaitingBytes = max(r.WaitingBytes, rss)
			}
			r.GatewayCPU += p.used.CPUSeconds
		}
	}
	r.BalancerBytes = memory(balancer)
	r.BalancerCPU = balancer.used.CPUSeconds
}

// redisList is addresses as the configuration takes them.
func redisList(addresses map[string]bool) string {
	return "[" + strings.Join(slices.Sorted(maps.Keys(addresses)), ", ") + "]"
}

// Binary names the collector under test, or says that there is none.
func Binary() (string, error) { return collector.Binary() }
