// Command demo shows what Braid does: it starts the built collector with standalone.yaml on loopback, sends it what a
// simulated shop did at this time of day in the last week and in the last hour, then the present, and shows a live table until
// Ctrl-C, or for SECONDS. Questions are answered on the page it names. It fails if no session or user was ever counted.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/pace"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
	"github.com/braidotel/braid/internal/top"
	"github.com/braidotel/braid/testbed/collector"
)

const (
	// days of the past week are sent from early before this time of day to late after it; yesterday and the same weekday last
	// week, which are asked about, for longer than those between, which make the week's curve.
	days                      = 7
	early, late               = 6 * time.Minute, 3 * time.Minute
	earlyBetween, lateBetween = 4 * time.Minute, time.Minute
	// recent is how far back the present day begins; once caught up it goes on at the pace of the clock.
	recent = 30 * time.Minute

	// memoryLimit keeps the collector's heap small while a week is pushed through it in half a minute.
	memoryLimit = "125MiB"
)

// scenarios of the present day; the last of them are still on when it has caught up.
var scenarios = []simulate.Scenario{
	{Kind: simulate.DuplicateLogin, Offset: 2 * time.Minute, Length: 20 * time.Minute},
	{Kind: simulate.LoginFlood, Offset: 5 * time.Minute, Length: 5 * time.Minute},
	{Kind: simulate.MemoryRamp, Offset: 5 * time.Minute, Length: 2 * time.Hour},
	{Kind: simulate.HotSpot, Offset: 15 * time.Minute, Length: 2 * time.Hour},
	{Kind: simulate.Fault, Offset: 20 * time.Minute, Length: 2 * time.Hour},
}

var errNobody = errors.New("the collector counted no session and no user")

type demo struct {
	config  string
	speed   pace.Speed
	users   int
	seconds int
}

func main() {
	d := demo{speed: pace.Max}
	flag.StringVar(&d.config, "config", "", "configuration of the collector (default distribution/configs/standalone.yaml)")
	flag.Var(&d.speed, "speed", "simulated seconds a second, or max")
	flag.IntVar(&d.users, "users", 200, "visitors at once in the busiest hour")
	seconds, err := strconv.Atoi(os.Getenv("SECONDS"))
	if err != nil {
		seconds = 0 // not set: until Ctrl-C
	}
	flag.IntVar(&d.seconds, "seconds", seconds, "how long to run; 0 until Ctrl-C (default $SECONDS)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = d.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func (d *demo) run(ctx context.Context) (err error) {
	data, err := os.MkdirTemp("", "braid-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	began := time.Now()
	endpoints, process, err := d.start(ctx, data)
	if err != nil {
		return err
	}
	fmt.Printf("collector %d is ready after %v: OTLP %s, metrics %s, data %s\n",
		process.PID(), time.Since(began).Round(time.Millisecond), endpoints.OTLPGRPC, endpoints.MetricsURL(), data)
	fmt.Printf("ask it at %s\n", endpoints.PageURL())
	if d.seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(d.seconds)*time.Second)
		defer cancel()
	}
	watcher := &top.Watcher{
		URL: endpoints.MetricsURL(), EventsFile: filepath.Join(data, "events.jsonl"), Every: time.Second, Out: os.Stdout, Size: terminalSize(),
	}
	asker := newAsker(began, process, endpoints.PageURL())
	err = d.show(ctx, process, endpoints.OTLPGRPC, watcher, asker)
	// The collector gets its time to shut down though ctx is done.
	err = errors.Join(err, process.Stop(context.WithoutCancel(ctx)))
	if watcher.Counted().IsZero() {
		err = errors.Join(err, errNobody)
	} else {
		fmt.Printf("first counted %v after the collector was started\n%s\n", watcher.Counted().Sub(began).Round(time.Millisecond), asker)
	}
	if err != nil {
		return fmt.Errorf("%w\nthe collector's last words:\n%s", err, lastLines(process.Logs(), 15))
	}
	return nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func (d *demo) start(ctx context.Context, data string) (collector.Endpoints, *collector.Process, error) {
	binary, err := collector.Binary()
	if err != nil {
		return collector.Endpoints{}, nil, err
	}
	config := d.config
	if config == "" {
		root, err := collector.Root()
		if err != nil {
			return collector.Endpoints{}, nil, err
		}
		config = filepath.Join(root, "distribution", "configs", "standalone.yaml")
	}
	endpoints, err := collector.FreeEndpoints()
	if err != nil {
		return endpoints, nil, err
	}
	env := endpoints.Env()
	env["BRAID_DATA_DIR"] = data
	env["BRAID_SECRET"] = rand.Text()
	env["GOMEMLIMIT"] = memoryLimit
	process, err := collector.Start(ctx, collector.Config{Binary: binary, Configs: []string{config}, Env: env, HealthURL: endpoints.HealthURL()})
	return endpoints, process, err
}

// show simulates and watches until ctx is done. It ends early, with an error, if the collector or the simulation fails.
func (d *demo) show(ctx context.Context, process *collector.Process, endpoint string, watcher *top.Watcher, asker *asker) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.simulate(ctx, endpoint) })
	group.Go(func() error { return watcher.Run(ctx) })
	group.Go(func() error { asker.run(ctx); return nil })
	group.Go(func() error {
		select {
		case <-process.Exited():
			return errors.New("the collector ended by itself")
		case <-ctx.Done():
			return nil
		}
	})
	return group.Wait()
}

// simulate sends the past as fast as it is taken, then the present.
func (d *demo) simulate(ctx context.Context, endpoint string) (err error) {
	client, err := otlpsend.Dial(endpoint, otlpsend.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	now := time.Now().Truncate(time.Second)
	for day := days; day > 0; day-- {
		before, after := early, late
		if day > 1 && day < days {
			before, after = earlyBetween, lateBetween
		}
		past := simulate.Config{Seed: uint64(day), Start: now.AddDate(0, 0, -day).Add(-before), Duration: before + after}
		if err := d.play(ctx, client, past, pace.Pacer{Speed: pace.Max}); err != nil {
			return err
		}
	}
	err = d.play(ctx, client, simulate.Config{Start: now.Add(-recent), Scenarios: scenarios}, pace.Pacer{Speed: d.speed, Live: true})
	stats := client.Stats()
	if total := stats.Total(); total.Refused > 0 {
		err = errors.Join(err, fmt.Errorf("the collector refused telemetry: %s", &stats))
	}
	return err
}

// play sends one stretch of the shop's life.
func (d *demo) play(ctx context.Context, client *otlpsend.Client, stretch simulate.Config, pacer pace.Pacer) error {
	stretch.Users = d.users
	generator, err := simulate.New(stretch)
	if err != nil {
		return err
	}
	err = otlpsend.Stream(ctx, client, encode.Requests(generator), pacer)
	if ctx.Err() != nil {
		return nil // the demo is over
	}
	return err
}

// terminalSize returns how to ask for the size of the terminal, or nil if standard output is none.
func terminalSize() func() (width, height int) {
	fd := int(os.Stdout.Fd())
	if !term.IsTerminal(fd) {
		return nil
	}
	return func() (width, height int) {
		width, height, err := term.GetSize(fd)
		if err != nil {
			return 0, 0
		}
		return width, height
	}
}
