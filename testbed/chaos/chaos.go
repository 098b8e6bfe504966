package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Short names the scenarios of the short form: one of each kind.
var Short = []string{backend + " down", redis + " wrong", kill}

// Options say what to break.
type Options struct {
	// Binary is the collector.
	Binary string
	// Only names the scenarios to play; nil plays all.
	Only []string
	// Log gets a line for each scenario.
	Log io.Writer
}

// outcome is what became of one component in one scenario: how long after the fault all was well, or what was not.
type outcome struct {
	after time.Duration
	err   error
}

// Matrix is what became of every component in every scenario that was played.
type Matrix struct {
	outcomes map[string]map[string]outcome // by scenario and component
	took     time.Duration
}

// Run plays the scenarios one after the other.
func Run(ctx context.Context, o Options) (_ *Matrix, err error) {
	began := time.Now()
	shared, err := startServers(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, shared.close()) }()
	m := &Matrix{outcomes: map[string]map[string]outcome{}}
	for _, s := range scenarios() {
		if o.Only != nil && !slices.Contains(o.Only, s.name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		started := time.Now()
		m.outcomes[s.name] = playOne(ctx, o.Binary, shared, &s)
		if _, err := fmt.Fprintf(o.Log, "%-18s %5.1f s  %s\n", s.name, time.Since(started).Seconds(), m.troubles(s.name)); err != nil {
			return nil, err
		}
	}
	m.took = time.Since(began)
	return m, nil
}

// playOne plays a scenario and looks at every component that it concerns.
func playOne(ctx context.Context, binary string, shared *servers, s *scenario) map[string]outcome {
	all := map[string]outcome{}
	components := concerned(s.name)
	fail := func(err error) map[string]outcome {
		for _, name := range components {
			all[name] = outcome{err: err}
		}
		return all
	}
	r, err := newRig(ctx, binary, shared, s)
	if err != nil {
		return fail(err)
	}
	if err := r.play(ctx, s); err != nil {
		return fail(errors.Join(err, r.close()))
	}
	over := time.Now()
	for _, name := range components {
		err := r.until(ctx, time.Until(over.Add(patience)), func() error { return checks[name](ctx, r) })
		all[name] = outcome{after: time.Since(over), err: err}
	}
	if strings.Contains(r.process.Logs(), "panic: ") {
		return fail(errors.New("the log tells of a panic"))
	}
	if err := r.close(); err != nil {
		return fail(err)
	}
	return all
}

// Failed counts the outcomes that are not as they should be.
func (m *Matrix) Failed() (n int) {
	for _, outcomes := range m.outcomes {
		for _, o := range outcomes {
			if o.err != nil {
				n++
			}
		}
	}
	return n
}

func (m *Matrix) troubles(scenario string) string {
	said := map[string][]string{}
	for name, o := range m.outcomes[scenario] {
		if o.err != nil {
			said[o.err.Error()] = append(said[o.err.Error()], name)
		}
	}
	var lines []string
	for err, names := range said {
		slices.Sort(names)
		lines = append(lines, strings.Join(names, ", ")+": "+err)
	}
	slices.Sort(lines)
	if len(lines) == 0 {
		return "all well"
	}
	return strings.Join(lines, "\n  ")
}
