package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/braidotel/braid/testbed/collector"
)

// Options say how much is measured.
type Options struct {
	// Sessions are in the store from the beginning. Default 1,000,000.
	Sessions int
	// Writes is how many changes a second follow. Default 2000.
	Writes int
	// Changing is how long they do. Default 10 s.
	Changing time.Duration
}

const secret = "evaluated"

// Run fills a Redis with sessions as Spring leaves them, lets the receiver read it with its defaults, then changes
// sessions, and prints how long that took and what it cost the server.
func Run(ctx context.Context, out io.Writer, o Options) error {
	if o.Sessions <= 0 {
		o.Sessions = 1_000_000
	}
	if o.Writes <= 0 {
		o.Writes = 2000
	}
	if o.Changing <= 0 {
		o.Changing = 10 * time.Second
	}
	dir, err := os.MkdirTemp("", "braid-sessions")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	addresses, err := collector.FreeAddresses(1)
	if err != nil {
		return err
	}
	server, err := StartServer(ctx, dir, addresses[0], "--notify-keyspace-events", "KA")
	if err != nil {
		return err
	}
	defer server.Kill()
	m := &measurement{out: out, server: server, options: o, next: o.Sessions}
	return m.run(ctx)
}

type measurement struct {
	out     io.Writer
	server  *Server
	options Options
	next    int // number of the next new session
	gone    int // so many have been deleted, from the first on
}

func (m *measurement) run(ctx context.Context) error {
	if err := m.fill(ctx); err != nil {
		return err
	}
	alone, _, err := m.change(ctx)
	if err != nil {
		return err
	}
	held := m.next - m.gone
	before, own := m.cpu(ctx), ownCPU()
	began := time.Now()
	watch, err := StartWatch(ctx, map[string]any{
		"secret": secret,
		"limits": map[string]any{"sessions": 2 * m.options.Sessions},
		"stores": map[string]any{"shop": map[string]any{
			"format": "spring", "redis": map[string]any{"addresses": []string{m.server.Address}},
		}},
		"metrics": map[string]any{"interval": "1s"},
	})
	if err != nil {
		return err
	}
	err = m.watched(ctx, watch, held, began, before, own, alone)
	return errors.Join(err, watch.Stop())
}

func (m *measurement) watched(
	ctx context.Context, watch *Watch, held int, began time.Time, before float64, own float64, alone float64,
) error {
	if err := await(ctx, 10*time.Minute, func() bool { return watch.Known() >= held && m.active(watch) == held }); err != nil {
		return fmt.Errorf("first full view: %w: %d of %d known, %d active", err, watch.Known(), held, m.active(watch))
	}
	took := time.Since(began)
	busy, ownBusy := m.cpu(ctx)-before, ownCPU()-own
	fmt.Fprintf(m.out, "| | bar | measured |\n|---|---|---|\n")
	fmt.Fprintf(m.out, "| sessions in the store | | %d |\n", held)
	fmt.Fprintf(m.out, "| first full view | ≤ 60 s | %.1f s |\n", took.Seconds())
	fmt.Fprintf(m.out, "| one Redis core busy meanwhile | ≤ 20 %% | %.1f %% |\n", 100*busy/took.Seconds())
	fmt.Fprintf(m.out, "| one core of the reader, with what receives its events, busy meanwhile | | %.0f %% |\n", 100*ownBusy/took.Seconds())
	with, created, err := m.change(ctx)
	if err != nil {
		return err
	}
	delays, missing := m.delays(ctx, watch, created)
	held = m.next - m.gone
	fmt.Fprintf(m.out, "| changes a second afterwards | | %d |\n", m.options.Writes)
	fmt.Fprintf(m.out, "| from the write to the event, p50, p99 | | %d ms, %d ms |\n",
		quantile(delays, 0.5).Milliseconds(), quantile(delays, 0.99).Milliseconds())
	fmt.Fprintf(m.out, "| new sessions not told of | 0 | %d of %d |\n", missing, len(created))
	_ = await(ctx, time.Minute, func() bool { return m.active(watch) == held })
	fmt.Fprintf(m.out, "| sessions counted less sessions there | 0 | %d |\n", m.active(watch)-held)
	fmt.Fprintf(m.out, "| one Redis core busy with the changes alone, and read | | %.1f %%, %.1f %% |\n", 100*alone, 100*with)
	return m.uncovered(ctx, held)
}

// active is what the receiver counts; -1 before the first full view.
func (m *measurement) active(watch *Watch) int {
	for name, value := range watch.Points() {
		if strings.HasPrefix(name, "braid.session_store.active") {
			return int(value)
		}
	}
	return -1
}

// uncovered checks the count against the server's own.
func (m *measurement) uncovered(ctx context.Context, held int) error {
	keys, err := m.server.Client.DBSize(ctx).Result()
	if err == nil && int(keys) != held {
		err = fmt.Errorf("the server holds %d sessions, not %d", keys, held)
	}
	return err
}

const perPipe = 1000

func (m *measurement) fill(ctx context.Context) error {
	for n := 0; n < m.options.Sessions; n += perPipe {
		pipe := m.server.Client.Pipeline()
		for i := n; i < min(n+perPipe, m.options.Sessions); i++ {
			putSpring(ctx, pipe, i, time.Now())
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return fmt.Errorf("filling the store: %w", err)
		}
	}
	return nil
}

// change makes changes at a steady rate: of four, two sessions are used, one is new, one is deleted. It returns the part
// of a core that the server was busy, and when each new session was written.
func (m *measurement) change(ctx context.Context) (busy float64, created map[int]time.Time, err error) {
	const every = 50 * time.Millisecond
	created = make(map[int]time.Time)
	before, began := m.cpu(ctx), time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	quarter := max(1, m.options.Writes*int(every)/int(time.Second)/4)
	for time.Since(began) < m.options.Changing {
		pipe := m.server.Client.Pipeline()
		now := time.Now()
		for range quarter {
			touchSpring(ctx, pipe, m.next-1, now)
			touchSpring(ctx, pipe, m.gone+m.options.Sessions/2, now)
			putSpring(ctx, pipe, m.next, now)
			created[m.next] = now
			m.next++
			pipe.Del(ctx, springPrefix+springID(m.gone))
			m.gone++
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return 0, nil, err
		}
		<-tick.C
	}
	return (m.cpu(ctx) - before) / time.Since(began).Seconds(), created, nil
}

// delays are how long after the write each new session was told of.
func (m *measurement) delays(ctx context.Context, watch *Watch, created map[int]time.Time) (delays []time.Duration, missing int) {
	told := func(n int) Session { return watch.Session(SpringToken(secret, springID(n))) }
	_ = await(ctx, time.Minute, func() bool { return told(m.next-1).Started > 0 })
	for n, at := range created {
		if s := told(n); s.Started > 0 {
			delays = append(delays, s.Seen.Sub(at))
		} else {
			missing++
		}
	}
	slices.Sort(delays)
	return delays, missing
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// cpu is the time that the server has been busy, in seconds.
func (m *measurement) cpu(ctx context.Context) (seconds float64) {
	info, _ := m.server.Client.Info(ctx, "cpu").Result()
	for line := range strings.FieldsSeq(info) {
		name, value, _ := strings.Cut(line, ":")
		if name == "used_cpu_user" || name == "used_cpu_sys" {
			part, _ := strconv.ParseFloat(value, 64)
			seconds += part
		}
	}
	return seconds
}

// ownCPU is the time that this process has been busy, in seconds.
func ownCPU() float64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}
