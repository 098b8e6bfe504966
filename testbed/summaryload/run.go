package summaryload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Options of a run.
type Options struct {
	// Binary is the collector.
	Binary string
	// Turns is how often each side is loaded, beside those to warm up. Default 45.
	Turns int
	// Unbounded takes away what bounds calls: the circuit breaker and the budget of an hour. Every incident is then asked for,
	// as fast as two workers can.
	Unbounded bool
	// Only keeps the faults whose names begin so; empty for all.
	Only string
}

// Result is what one fault cost.
type Result struct {
	Fault string
	// Throughput is spans a second with the model over those without, each of its fastest tenth of turns: what other work of
	// the machine slows down is left out. Median is that of all pairs of turns, with their quartiles in Spread.
	Throughput, Median float64
	Spread             [2]float64
	// CPU is the processor time of all turns, with over without, which other work changes least.
	CPU float64
	// Told is the longest that an incident's summary took, with the model.
	Told time.Duration
	// Memory of the collector with the model over that without, at the end.
	Memory float64
}

// Run plays every fault and prints a table. An error tells that a summary did not come.
func Run(ctx context.Context, w io.Writer, o Options) ([]Result, error) {
	if o.Turns <= 0 {
		o.Turns = 45
	}
	fmt.Fprintf(w, "%d pairs of turns of %d spans and %d incidents each, in turns on one machine; the bar is a throughput of 0.97 and 2 s\n\n",
		o.Turns, requestsPerTurn*tracesPerRequest*5, requestsPerTurn/requestsPerEvent+1)
	fmt.Fprintln(w, "| endpoint of the model | throughput | median of pairs, quartiles | processor time a span | told within | memory |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	var out []Result
	for _, f := range faults() {
		if !strings.HasPrefix(f.name, o.Only) {
			continue
		}
		r, err := play(ctx, &f, &o)
		if err != nil {
			return out, fmt.Errorf("%s: %w", f.name, err)
		}
		fmt.Fprintf(w, "| %s | %.3f | %.3f (%.3f–%.3f) | %.3f | %d ms | %.2f |\n", r.Fault, r.Throughput, r.Median, r.Spread[0], r.Spread[1], r.CPU, r.Told.Milliseconds(), r.Memory)
		out = append(out, r)
	}
	return out, nil
}

// play loads two collectors in turns: one tells by templates alone, the other has the model.
func play(ctx context.Context, f *fault, o *Options) (_ Result, err error) {
	directory, err := os.MkdirTemp("", "summaryload")
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	model := f.serve()
	defer model.close()
	plain, err := startSide(ctx, o.Binary, directory, "plain", "")
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, plain.stop(context.WithoutCancel(ctx))) }()
	models := `, models: [{name: house, provider: openai, model: m, local: true, endpoint: "` + model.url + `/v1"}]`
	if o.Unbounded {
		models += ", calls: {failures: 1000000, per_hour: 0}"
	}
	asking, err := startSide(ctx, o.Binary, directory, "asking", models)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, asking.stop(context.WithoutCancel(ctx))) }()
	return measure(ctx, f.name, plain, asking, o.Turns)
}

func measure(ctx context.Context, name string, plain, asking *side, turns int) (Result, error) {
	r := Result{Fault: name}
	var ratios []float64
	var walls [2][]float64
	var cpu [2]float64
	for i := range turns + warming {
		first, second := plain, asking
		if i%2 == 1 { // who is loaded first is the other next time
			first, second = asking, plain
		}
		a, err := first.turn(ctx)
		if err != nil {
			return r, err
		}
		b, err := second.turn(ctx)
		if err != nil {
			return r, err
		}
		if i%2 == 1 {
			a, b = b, a
		}
		if i < warming {
			continue
		}
		ratios = append(ratios, a.wall/b.wall)
		walls[0], walls[1] = append(walls[0], a.wall), append(walls[1], b.wall)
		cpu[0], cpu[1] = cpu[0]+a.cpu, cpu[1]+b.cpu
		r.Told = max(r.Told, b.told)
	}
	r.Median, r.Spread = quantile(ratios, 0.5), [2]float64{quantile(ratios, 0.25), quantile(ratios, 0.75)}
	r.Throughput = quantile(walls[0], 0.1) / quantile(walls[1], 0.1)
	r.CPU = cpu[1] / cpu[0]
	memory := [2]uint64{}
	for i, s := range []*side{plain, asking} {
		u, err := s.process.Usage()
		if err != nil {
			return r, err
		}
		memory[i] = u.RSSBytes
	}
	r.Memory = float64(memory[1]) / float64(memory[0])
	return r, nil
}

// quantile is that of values, the nearest.
func quantile(values []float64, q float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[int(q*float64(len(values)-1)+0.5)]
}
