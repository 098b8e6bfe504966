package edges

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
	"github.com/braidotel/braid/testbed/netns"
)

// Options say what to run. Durations are event time.
type Options struct {
	// Dir is where the processes keep their data.
	Dir string
	// Binary is the collector.
	Binary string
	// Configs are the folder of the shipped configurations.
	Configs string
	// Users are in the shop at once in the busiest hour.
	Users int
	// Duration of the visits.
	Duration time.Duration
	// Cut is when the first edge is cut off, for CutFor.
	Cut, CutFor time.Duration
	// AwayFor is how long that lasts at least by the clock on the wall: connections that nobody ends die of time.
	AwayFor time.Duration
	// RetryInterval is the longest between an edge's attempts to send; 0 is the shipped one.
	RetryInterval time.Duration
	// LAN is where the processes run, each in a network namespace of its own; nil runs them on loopback.
	LAN *netns.LAN
	// KillCenter are the moments at which the center is killed with -9; KillEdge those of the first edge.
	KillCenter, KillEdge []time.Duration
	// AskEvery is how often the center's assistant is asked which region has the highest load.
	AskEvery time.Duration
	// Kafka is what lies between, instead of OTLP.
	Kafka bool
	// Seed of everything random.
	Seed uint64
}

const (
	edgeCount = 3
	step      = 30 * time.Second // of event time in a request
)

// lastWorkday is nine o'clock of the last day but weekends that is over even if everything took half a day: recent, so that
// who asks the center's history finds it, and always the same hours of a day.
func lastWorkday(now time.Time) time.Time {
	day := now.UTC().Add(-14 * time.Hour).Truncate(24 * time.Hour).Add(9 * time.Hour)
	for day.Add(14*time.Hour).After(now) || day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

type deployment struct {
	o      Options
	start  time.Time // of the visits
	center *member
	edges  []*member
	way    way
	sends  []*otlpsend.Client
	truth  *truth
	killed int
	asked  Asked
	asking []*asking
	passed time.Duration // since two hours after the visits

	cutAt         time.Time
	away, drained time.Duration // of the edge that was cut off, by the clock on the wall
}

// Run runs the deployment and returns what came out against the truth.
func Run(ctx context.Context, o Options) (result *Result, err error) {
	d := &deployment{o: o, start: lastWorkday(time.Now())}
	defer func() { err = errors.Join(err, d.close(context.WithoutCancel(ctx))) }()
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := d.visit(ctx); err != nil {
		return nil, err
	}
	sent := time.Now()
	result, err = d.await(ctx)
	if result != nil {
		result.Sending, result.Settling = sent.Sub(began), time.Since(sent)
		result.Kills, result.Spans, result.Away, result.Drained = d.killed, d.truth.spans, d.away, d.drained
		result.Namespaces = d.o.LAN != nil
		for _, q := range d.asking {
			result.Wrong = append(result.Wrong, fmt.Sprintf("asked for %s: %v instead of %v", q.from.Format(time.TimeOnly), q.said, d.users(q.from)))
		}
		var counted error
		result.Traffic, counted = d.way.traffic(ctx)
		err = errors.Join(err, counted)
	}
	return result, err
}

// visit sends what the shop makes to the edge of each region, and breaks what the options say.
func (d *deployment) visit(ctx context.Context) error {
	g, err := simulate.New(simulate.Config{Seed: d.o.Seed, Start: d.start, Duration: d.o.Duration, Users: d.o.Users})
	if err != nil {
		return err
	}
	home, v := map[string]int{}, visits{visitors: map[simulate.TraceID]string{}}
	waiting := make([][]simulate.Span, edgeCount)
	next := d.start.Add(step)
	for b, ok := g.Next(); ok; b, ok = g.Next() {
		for _, s := range v.of(b.Spans) {
			region := text(s.Resource.Attrs, "braid.region")
			if _, known := home[region]; !known {
				home[region] = len(home) % edgeCount
			}
			waiting[home[region]] = append(waiting[home[region]], s)
		}
		if b.Time.Before(next) {
			continue
		}
		if err := d.disturb(ctx, home, next.Sub(d.start)); err != nil {
			return err
		}
		if err := d.send(ctx, waiting); err != nil {
			return err
		}
		if end := next.Sub(d.start) - askAfter; d.o.AskEvery > 0 && end > 0 && end%d.o.AskEvery == 0 {
			d.begin(d.start.Add(end-5*time.Minute), home)
		}
		if err := d.ask(ctx, next); err != nil {
			return err
		}
		next = next.Add(step)
	}
	return d.finish(ctx, waiting)
}

// send empties what waits, and notes what was acknowledged.
func (d *deployment) send(ctx context.Context, waiting [][]simulate.Span) error {
	for i := range waiting {
		if err := d.deliver(ctx, i, &simulate.Batch{Spans: waiting[i]}); err != nil {
			return err
		}
		for _, s := range waiting[i] {
			d.truth.add(text(s.Resource.Attrs, "service.name"), text(s.Resource.Attrs, "braid.region"), text(s.Attrs, "client.address"), s.End)
		}
		waiting[i] = nil
	}
	return nil
}

// deliver sends an edge what happens there, and returns when all of it was acknowledged.
func (d *deployment) deliver(ctx context.Context, edge int, b *simulate.Batch) error {
	for request, err := range encode.Batch(b) {
		if err != nil {
			return err
		}
		if err := d.sends[edge].Send(ctx, &request); err != nil {
			return fmt.Errorf("sending to %s: %w", edgeName(edge), err)
		}
	}
	return nil
}

// finish sends the rest.
func (d *deployment) finish(ctx context.Context, waiting [][]simulate.Span) error {
	if err := d.cut(false); err != nil {
		return err
	}
	return d.send(ctx, waiting)
}

// pass lets ten minutes go by two hours later: one visit at every edge closes what was open. On the replay clock nothing else
// does.
func (d *deployment) pass(ctx context.Context) error {
	d.passed += 10 * time.Minute
	last := d.start.Add(d.o.Duration + 2*time.Hour + d.passed).UnixNano()
	waiting := make([][]simulate.Span, edgeCount)
	for i := range waiting {
		waiting[i] = []simulate.Span{{
			Resource: &simulate.Resource{Attrs: []simulate.Attr{{Key: "service.name", Value: "end"}, {Key: "braid.region", Value: "end"}}},
			Trace:    simulate.TraceID{255, byte(i), byte(d.passed / time.Minute)}, ID: simulate.SpanID{255, byte(i)},
			Kind: simulate.SpanKindServer, Name: "end", Start: last - 1e6, End: last,
			Attrs: []simulate.Attr{{Key: "client.address", Value: "192.0.2.255"}, {Key: "session.id", Value: sessionOf("192.0.2.255")}},
		}}
	}
	return d.send(ctx, waiting)
}

func (d *deployment) close(ctx context.Context) error {
	var errs []error
	for _, c := range d.sends {
		errs = append(errs, c.Close())
	}
	for _, m := range d.edges {
		errs = append(errs, m.stop(ctx))
	}
	if d.center != nil {
		errs = append(errs, d.center.stop(ctx))
	}
	if d.way != nil {
		errs = append(errs, d.way.close())
	}
	return errors.Join(errs...)
}
