package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/simulate/load"
)

type loadOptions struct {
	target
	rate     float64
	duration time.Duration
	sessions int
	traces   int
	senders  int
}

func newLoad() *cobra.Command {
	var o loadOptions
	cmd := &cobra.Command{
		Use:   "load",
		Short: "Load a collector with pre-marshalled traces of many sessions",
		Long: `Send traces (browser, nginx, application server, two database calls) that were marshalled once; for each request only
trace and span ids, times and the sessions' digits are overwritten. The summary says what a core of this machine can send.`,
		Example: `  braidctl load --duration 20s
  braidctl load --rate 20000 --sessions 100000 --duration 1m`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.Float64Var(&o.rate, "rate", 0, "spans a second; 0 sends as fast as the collector answers")
	f.DurationVar(&o.duration, "duration", 10*time.Second, "how long to send; 0 goes on until Ctrl-C")
	f.IntVar(&o.sessions, "sessions", 10_000, "distinct sessions, visited in turn")
	f.IntVar(&o.traces, "traces-per-request", 100, fmt.Sprintf("traces of %d spans in one request", load.SpansPerTrace))
	f.IntVar(&o.senders, "senders", 2, "requests under way at once")
	return cmd
}

func (o *loadOptions) run(cmd *cobra.Command) error {
	if o.rate < 0 || o.duration < 0 || o.senders < 1 {
		return fmt.Errorf("--rate and --duration must not be negative and --senders must be at least 1, got %g, %v and %d", o.rate, o.duration, o.senders)
	}
	client, err := o.dial()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	if o.duration > 0 {
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	p := newProgress(cmd.ErrOrStderr(), client.Stats)
	stop := p.start()
	cpu := cpuSeconds()
	err = o.sendAll(ctx, cmd.Context(), client)
	cpu = cpuSeconds() - cpu
	stop()
	p.sum()
	stats := client.Stats()
	if cpu > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "used %.2f cores: %.0f spans/s from one core\n",
			cpu/time.Since(p.began).Seconds(), float64(stats.Tallies[otlpsend.Traces].Accepted)/cpu)
	}
	return errors.Join(outcome(cmd.Context(), err, stats, o.duration == 0), client.Close())
}

// sendAll sends until ctx is done. Requests under way are then completed, unless the outer context is done, too.
func (o *loadOptions) sendAll(ctx, outer context.Context, client *otlpsend.Client) error {
	var next atomic.Uint64
	limiter := rate.NewLimiter(rate.Inf, 0)
	if o.rate > 0 {
		limiter = rate.NewLimiter(rate.Limit(o.rate), o.traces*load.SpansPerTrace)
	}
	group, ctx := errgroup.WithContext(ctx)
	for range o.senders {
		template, err := load.New(o.traces, o.sessions)
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		group.Go(func() error {
			for ctx.Err() == nil && limiter.WaitN(ctx, template.Spans()) == nil {
				r := otlpsend.Request{Signal: otlpsend.Traces, Payload: template.Request(next.Add(1), time.Now()), Items: template.Spans()}
				if err := client.Send(outer, &r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// cpuSeconds returns the processor time this process has used, 0 where the system does not tell.
func cpuSeconds() float64 {
	p, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return 0
	}
	times, err := p.Times()
	if err != nil {
		return 0
	}
	return times.User + times.System
}
