package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/braidotel/braid/internal/askclient"
	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/query"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
	"github.com/braidotel/braid/testbed/chaos/peer"
	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/sessionstore"
)

// Options say how long to soak.
type Options struct {
	// Binary is the collector.
	Binary string
	// Dir is where it keeps its data; it is left there.
	Dir string
	// Span is how much event time passes; 0 means a week.
	Span time.Duration
	// Users is how many visitors are in the shop in its busiest hour; 0 means 4.
	Users int
	// Rests is the event time between two moments at which nothing is sent until what was sent has been dealt with; what is in use
	// then is what stays. 0 means an hour.
	Rests time.Duration
	// Every is the time between two samples under way; 0 means 10 s.
	Every time.Duration
	// Profiles is a folder that gets a heap profile at each sixth of the time and of when it was highest; empty for none.
	Profiles string
	// Out gets a line per sample.
	Out io.Writer
}

type soak struct {
	options Options
	at      collector.Endpoints
	pprof   string
	process *collector.Process
	redis   *sessionstore.Server
	model   *peer.Model
	elapsed atomic.Int64 // event time that has been sent, in nanoseconds
	asked   atomic.Int64
	rests   []sample // by the one who sends
	working []sample // by the one who samples
	kept    int      // sixths of the time whose heap profile is kept
	highest float64  // bytes of the heap
}

// Run soaks the collector and returns what was seen.
func Run(ctx context.Context, o Options) (r *Result, err error) {
	s := &soak{options: o.complete()}
	servers, err := os.MkdirTemp("", "braid-soak-redis-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(servers)) }()
	free, err := collector.FreeAddresses(1)
	if err != nil {
		return nil, err
	}
	if s.redis, err = sessionstore.StartServer(ctx, servers, free[0], "--maxmemory-policy", "noeviction"); err != nil {
		return nil, err
	}
	defer s.redis.Kill()
	s.model = peer.NewModel()
	defer s.model.Close()
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	stats, err := s.run(ctx)
	took := time.Since(began)
	err = errors.Join(err, s.process.Stop(context.WithoutCancel(ctx)))
	if err != nil {
		logs := s.process.Logs()
		return nil, fmt.Errorf("%w\nthe collector's last words:\n%s", err, logs[max(0, len(logs)-4<<10):])
	}
	return newResult(s, took, &stats), nil
}

func (o Options) complete() Options {
	if o.Span == 0 {
		o.Span = 7 * 24 * time.Hour
	}
	if o.Users == 0 {
		o.Users = 4
	}
	if o.Rests == 0 {
		o.Rests = time.Hour
	}
	if o.Every == 0 {
		o.Every = 10 * time.Second
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	return o
}

var errOver = errors.New("the soak is over")

// run sends the week while people ask, sessions come and go in the store, and samples are taken.
func (s *soak) run(ctx context.Context) (otlpsend.Stats, error) {
	client, err := otlpsend.Dial(s.at.OTLPGRPC, otlpsend.Options{Patience: 5 * time.Minute})
	if err != nil {
		return otlpsend.Stats{}, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := s.send(ctx, client); err != nil {
			return err
		}
		return errOver
	})
	group.Go(func() error { return s.every(ctx, s.options.Every, s.watch) })
	group.Go(func() error { return s.every(ctx, 2*time.Second, s.ask) })
	group.Go(func() error { return s.every(ctx, time.Second, s.visit) })
	group.Go(func() error {
		select {
		case <-s.process.Exited():
			return errors.New("the collector ended by itself")
		case <-ctx.Done():
			return nil
		}
	})
	if err = group.Wait(); errors.Is(err, errOver) {
		err = nil
	}
	stats := client.Stats()
	if total := stats.Total(); err == nil && total.Refused+total.Failed > 0 {
		err = fmt.Errorf("telemetry was turned down: %s", &stats)
	}
	return stats, errors.Join(err, client.Close())
}

func (s *soak) every(ctx context.Context, interval time.Duration, act func(context.Context) error) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := act(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// send plays the simulated time, each day with its troubles.
func (s *soak) send(ctx context.Context, client *otlpsend.Client) error {
	const day = 24 * time.Hour
	start := time.Now().Add(-s.options.Span).Truncate(time.Hour)
	config := simulate.Config{Seed: 1, Start: start, Duration: s.options.Span, Users: s.options.Users}
	for at := time.Duration(0); at < s.options.Span; at += day {
		for i, kind := range simulate.Kinds() {
			offset := at + 9*time.Hour + time.Duration(i)*2*time.Hour
			if offset+time.Hour < s.options.Span {
				config.Scenarios = append(config.Scenarios, simulate.Scenario{Kind: kind, Offset: offset, Length: 30 * time.Minute})
			}
		}
	}
	generator, err := simulate.New(config)
	if err != nil {
		return err
	}
	return s.play(ctx, client, start, encode.Requests(generator))
}

// together is how much event time goes out in one request of each signal: less than what components take for late.
const together = 4 * time.Second

// reports is how often hosts report their metrics. The simulation makes them every 15 s, which in a week are so many that
// nearly all time would go to storing them.
const reports = time.Minute

// play sends requests as fast as they are taken.
func (s *soak) play(ctx context.Context, client *otlpsend.Client, start time.Time, requests iter.Seq2[otlpsend.Request, error]) error {
	var batch [3]otlpsend.Request // by signal
	from, report, reported, rest := start, start, time.Time{}, start.Add(s.options.Rests)
	flush := func() error {
		for i := range batch {
			r := &batch[i]
			if r.Items == 0 {
				continue
			}
			if err := client.Send(ctx, r); err != nil {
				return err
			}
			r.Items, r.Payload = 0, r.Payload[:0]
		}
		return context.Cause(ctx)
	}
	for r, err := range requests {
		if err != nil {
			return err
		}
		if r.Time.Sub(from) >= together {
			if err := flush(); err != nil {
				return err
			}
			from = r.Time
			s.elapsed.Store(int64(from.Sub(start)))
			if !from.Before(rest) {
				if err := s.rest(ctx); err != nil {
					return err
				}
				rest = rest.Add(s.options.Rests)
			}
		}
		if r.Signal == otlpsend.Metrics {
			if r.Time.Before(report) && !r.Time.Equal(reported) {
				continue
			}
			reported, report = r.Time, r.Time.Truncate(reports).Add(reports)
		}
		into := &batch[r.Signal]
		into.Signal, into.Items = r.Signal, into.Items+r.Items
		into.Payload = append(into.Payload, r.Payload...) // messages in a row are one message
	}
	return flush()
}

var questions = []string{"who is here?", "누가 오래 접속해 있어?", "why is the system like this today?", "which region is busiest?"}

// ask asks the page; what it answers does not matter here.
func (s *soak) ask(ctx context.Context) error {
	n := s.asked.Add(1)
	client := askclient.Client{URL: "http://" + s.at.Assistant}
	_, err := client.Ask(ctx, query.Question{Text: questions[n%int64(len(questions))]})
	if _, is := errors.AsType[*askclient.Problem](err); is {
		return nil // a busy machine answers some too late
	}
	return err
}

// visit lets sessions come to the store and go again.
func (s *soak) visit(ctx context.Context) error {
	const at = 200
	now := time.Now()
	key := fmt.Sprintf("spring:session:sessions:%d", now.Unix()%at)
	pipe := s.redis.Client.Pipeline()
	pipe.Del(ctx, key)
	key = fmt.Sprintf("spring:session:sessions:%d", (now.Unix()+at/2)%at)
	pipe.HSet(ctx, key, "creationTime", now.UnixMilli(), "lastAccessedTime", now.UnixMilli(), "maxInactiveInterval", 1800)
	pipe.Expire(ctx, key, time.Hour)
	_, err := pipe.Exec(ctx)
	return err
}
