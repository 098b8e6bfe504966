package cost

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/wait"
)

// trial is one collector under load.
type trial struct {
	collector *collector.Process
	telemetry string // host:port of its own metrics
	pprof     string // host:port
	load      *exec.Cmd
}

// start starts a collector and loads it: paced in spans a second, or as fast as it answers for rate 0.
func (o *Options) start(ctx context.Context, p pipeline, rate float64) (*trial, error) {
	at, err := collector.FreeEndpoints()
	if err != nil {
		return nil, err
	}
	t := &trial{telemetry: at.Telemetry, pprof: at.OTLPHTTP}
	t.collector, err = collector.Start(ctx, collector.Config{
		Binary: o.Collector, Configs: []string{p.config(at, t.pprof)}, HealthURL: at.HealthURL(),
	})
	if err != nil {
		return nil, err
	}
	t.load = exec.CommandContext(ctx, o.Generator, "load", "--endpoint", at.OTLPGRPC, "--duration", "0",
		"--rate", strconv.FormatFloat(rate, 'f', -1, 64), "--sessions", strconv.Itoa(o.Sessions), "--senders", "3")
	t.load.Cancel = func() error { return t.load.Process.Signal(syscall.SIGINT) }
	t.load.WaitDelay = stopPatience
	if err := t.load.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the load generator: %w", err), t.collector.Kill())
	}
	return t, nil
}

const stopPatience = 10 * time.Second

// stop ends the load, then the collector.
func (t *trial) stop(ctx context.Context) error {
	err := t.load.Process.Signal(syscall.SIGINT)
	if waited := t.load.Wait(); waited != nil && ctx.Err() == nil {
		err = errors.Join(err, fmt.Errorf("load generator: %w", waited))
	}
	return errors.Join(err, t.collector.Stop(context.WithoutCancel(ctx)))
}

// reading is what a collector had used and accepted at one moment.
type reading struct {
	at    time.Time
	cpu   float64 // seconds
	rss   uint64  // bytes
	spans float64
}

func (t *trial) read(ctx context.Context) (reading, error) {
	usage, err := t.collector.Usage()
	if err != nil {
		return reading{}, err
	}
	now := time.Now()
	spans, err := accepted(ctx, t.telemetry)
	return reading{at: now, cpu: usage.CPUSeconds, rss: usage.RSSBytes, spans: spans}, err
}

// Sample is one measurement.
type Sample struct {
	// CPUPerSpan is the collector's processor time for each accepted span.
	CPUPerSpan time.Duration
	// SpansPerSecond were accepted.
	SpansPerSecond float64
	// RSS is the resident memory at the end, in bytes.
	RSS uint64
}

// measure warms a collector up for each pipeline and takes one sample of each, all at the same time.
func (o *Options) measure(ctx context.Context, pipelines []pipeline, rate float64) (samples []Sample, err error) {
	var trials []*trial
	defer func() {
		for _, t := range trials {
			err = errors.Join(err, t.stop(ctx))
		}
	}()
	for _, p := range pipelines {
		t, err := o.start(ctx, p, rate)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		trials = append(trials, t)
	}
	var readings [2][]reading
	for i, span := range []time.Duration{o.Warmup, o.Window} {
		if err := wait.For(ctx, span); err != nil {
			return nil, err
		}
		for _, t := range trials {
			r, err := t.read(ctx)
			if err != nil {
				return nil, err
			}
			readings[i] = append(readings[i], r)
		}
	}
	for i, after := range readings[1] {
		spans := after.spans - readings[0][i].spans
		if spans <= 0 {
			return nil, fmt.Errorf("%s accepted no spans:\n%s", pipelines[i].name, trials[i].collector.Logs())
		}
		samples = append(samples, Sample{
			CPUPerSpan:     time.Duration((after.cpu - readings[0][i].cpu) / spans * float64(time.Second)),
			SpansPerSecond: spans / after.at.Sub(readings[0][i].at).Seconds(),
			RSS:            after.rss,
		})
	}
	return samples, nil
}

// settled returns the resident memory after a long time at the paced rate: the most over the last sixth of it, and how much
// of that the process had for itself.
func (o *Options) settled(ctx context.Context, p pipeline) (rss, own uint64, err error) {
	t, err := o.start(ctx, p, o.Rate)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, t.stop(ctx)) }()
	if err := wait.For(ctx, o.Settle*5/6); err != nil {
		return 0, 0, err
	}
	for began := time.Now(); time.Since(began) < o.Settle/6; {
		usage, err := t.collector.Usage()
		if err != nil {
			return 0, 0, err
		}
		if usage.RSSBytes > rss {
			rss, own = usage.RSSBytes, anonymous(t.collector.PID())
		}
		if err := wait.For(ctx, 250*time.Millisecond); err != nil {
			return 0, 0, err
		}
	}
	if o.Profiles != "" {
		err = t.profile(ctx, "heap", filepath.Join(o.Profiles, "chain-heap.pprof"))
	}
	return rss, own, err
}
