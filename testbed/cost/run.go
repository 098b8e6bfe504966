package cost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/testbed/wait"
)

// load is one of the rates at which everything is measured.
type load struct {
	name string
	rate float64 // spans a second; 0 saturates
}

// Run measures and prints a table.
func Run(ctx context.Context, w io.Writer, o Options) (err error) {
	if err := o.complete(); err != nil {
		return err
	}
	remove, err := o.install()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	processors, err := chain(ctx, o.Collector)
	if err != nil {
		return err
	}
	plain := pipeline{name: "otlp → nop"}
	full := pipeline{name: "otlp → " + strings.Join(processors, " → ") + " → nop", processors: processors}
	loads := []load{{fmt.Sprintf("%.0f spans/s", o.Rate), o.Rate}, {"saturation", 0}}
	pipelines := []pipeline{plain, full}
	if o.Stamping {
		pipelines = append(pipelines, pipeline{name: "otlp → attributes → nop", processors: []string{stamping}})
	}
	r := newResults(pipelines, loads)
	for round := range o.Rounds {
		for _, l := range loads {
			if err := o.round(ctx, r, l, round); err != nil {
				return err
			}
		}
	}
	if r.settled, r.own, err = o.settled(ctx, full); err != nil {
		return err
	}
	if err := r.print(w, &o); err != nil {
		return err
	}
	return o.profiles(ctx, w, r)
}

// round measures every pipeline at one load: all at once where that is paced, else one after the other, every other time in
// the opposite order.
func (o *Options) round(ctx context.Context, r *results, l load, round int) error {
	order := slices.Clone(r.pipelines)
	if round%2 == 1 {
		slices.Reverse(order)
	}
	together := 1
	if l.rate > 0 {
		together = len(order)
	}
	for some := range slices.Chunk(order, together) {
		samples, err := o.measure(ctx, some, l.rate)
		if err != nil {
			return fmt.Errorf("measuring at %s: %w", l.name, err)
		}
		for i, s := range samples {
			r.add(some[i], l, s)
		}
	}
	return nil
}

// profiles takes a CPU profile of each pipeline at each load.
func (o *Options) profiles(ctx context.Context, w io.Writer, r *results) error {
	if o.Profiles == "" {
		return nil
	}
	for i, p := range r.pipelines {
		for _, l := range r.loads {
			file := fmt.Sprintf("%s-%s.pprof", [...]string{"plain", "chain", "stamping"}[i], strings.Fields(l.name)[0])
			path := filepath.Join(o.Profiles, file)
			if err := o.profileOne(ctx, p, l, path); err != nil {
				return fmt.Errorf("profiling %s: %w", p.name, err)
			}
			if _, err := fmt.Fprintf(w, "profile of %s at %s: %s\n", p.name, l.name, path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Options) profileOne(ctx context.Context, p pipeline, l load, path string) (err error) {
	t, err := o.start(ctx, p, l.rate)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.stop(ctx)) }()
	if err := wait.For(ctx, o.Warmup); err != nil {
		return err
	}
	return t.profile(ctx, "profile?seconds="+strconv.Itoa(int(max(o.Window, time.Second).Seconds())), path)
}
