package edges

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/testbed/wait"
)

// patience is how long the center may take to have everything after the last visit.
const patience = time.Minute

// Result is what a run showed.
type Result struct {
	Spans             int // all acknowledged
	Traffic           Traffic
	Kills             int
	Sending, Settling time.Duration // wall time
	// Namespaces tells whether each process ran in a network namespace of its own.
	Namespaces bool
	// Away is how long an edge was cut off, Drained how long it then took to send what it had kept, by the clock on the wall.
	Away, Drained time.Duration
	// Sketches are those that had to come out, Equal those whose registers are those of everything, by tier.
	Sketches, Equal map[time.Duration]int
	// Rankings of regions by visitors in each five minutes, and how many are those of the truth.
	Rankings, Right int
	// Asked is what the center's assistant said of the regions meanwhile.
	Asked Asked
	// Told is the incidents that say the cut edge is silent, in the time in which it was.
	Told int
	// Wrong are some of what is not as it should be.
	Wrong []string
}

// OK reports whether everything is as it should be.
func (r *Result) OK() bool {
	for _, tier := range tiers {
		if r.Equal[tier] != r.Sketches[tier] || r.Sketches[tier] == 0 {
			return false
		}
	}
	return r.Right == r.Rankings && r.Rankings > 0 && r.Asked.Known == r.Asked.Times && r.Asked.Whole == r.Asked.Times && r.Told > 0
}

// Print writes the table of the results.
func (r *Result) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, `| | |
|---|---|
| network | %s |
| spans acknowledged by the edges | %d |
| %s on the way to the center; sent twice, overtaken, delivered again | %d; %d, %d, %d |
| kill -9 | %d |
| hours by key whose registers equal those of everything | %d of %d |
| five minutes by key, likewise | %d of %d |
| rankings of the regions, every five minutes, that are right | %d of %d |
| regions ranked by the center's assistant as they were, while people visit, but for those of the edge that was cut off | %d of %d, latest after %s |
| all regions | %d of %d, latest after %s |
| incidents that tell of the edge that was cut off | %d |
| an edge was cut off; had sent what it kept after | %s; %s |
| wall time: visits, until the center had everything | %s, %s |
`, r.network(), r.Spans, r.Traffic.What, r.Traffic.Count, r.Traffic.Repeated, r.Traffic.Held, r.Traffic.Redelivered, r.Kills, r.Equal[time.Hour], r.Sketches[time.Hour], r.Equal[5*time.Minute], r.Sketches[5*time.Minute],
		r.Right, r.Rankings, r.Asked.Known, r.Asked.Times, r.Asked.KnownAfter, r.Asked.Whole, r.Asked.Times, r.Asked.WholeAfter, r.Told, r.Away.Round(100*time.Millisecond), r.Drained.Round(100*time.Millisecond), r.Sending.Round(100*time.Millisecond), r.Settling.Round(100*time.Millisecond))
	if err == nil && len(r.Wrong) > 0 {
		_, err = fmt.Fprintln(w, strings.Join(r.Wrong, "\n"))
	}
	return err
}

func (r *Result) network() string {
	if r.Namespaces {
		return "a namespace for each process, cables that are pulled out"
	}
	return "loopback, connections that are ended"
}

// await compares the center's history with the truth until they agree, or patience ends.
func (d *deployment) await(ctx context.Context) (result *Result, err error) {
	err = d.settle(ctx, func() (bool, error) {
		if err := d.ask(ctx, d.start.Add(d.o.Duration+2*time.Hour+d.passed)); err != nil {
			return false, err
		}
		result, err = d.compare(ctx)
		return result != nil && result.OK(), err
	})
	return result, err
}

// settle lets time pass until what is looked at is right, or patience ends.
func (d *deployment) settle(ctx context.Context, right func() (bool, error)) error {
	deadline := time.Now().Add(patience)
	for {
		if err := d.pass(ctx); err != nil {
			return err
		}
		ok, err := right()
		if err != nil && !errors.Is(err, errBusy) || ok || time.Now().After(deadline) {
			return err
		}
		if err := wait.For(ctx, 2*time.Second); err != nil {
			return err
		}
	}
}

var errBusy = errors.New("the history is not readable yet")

// read reads the center's history.
func (d *deployment) read(ctx context.Context, do func(*relational.Store) error) (err error) {
	db, _, err := sqlite.Open(ctx, filepath.Join(d.o.Dir, "center", "history", "records.db"), sqlite.Options{Now: time.Now()})
	if err != nil {
		return fmt.Errorf("%w: %w", errBusy, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(relational.New(db, relational.Limits{}))
}

// until waits for what the center's history is to hold, ten seconds at most: ten minutes of event time are over in less than
// one, before what the edges say of them has left them.
func (d *deployment) until(ctx context.Context, holds func(context.Context, *relational.Store) (bool, error)) error {
	for range 100 {
		ok := false
		err := d.read(ctx, func(store *relational.Store) (err error) {
			ok, err = holds(ctx, store)
			return err
		})
		if ok || err != nil && !errors.Is(err, errBusy) {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil // the result says so
}

// noticed says whether the center has told that the first edge is silent.
func (d *deployment) noticed(ctx context.Context, store *relational.Store) (bool, error) {
	told, err := d.told(ctx, store)
	return told > 0, err
}

// known waits until the center has heard of each edge: of one that it does not know it cannot say that it is silent.
func (d *deployment) known(ctx context.Context, home map[string]int) error {
	return d.until(ctx, func(ctx context.Context, store *relational.Store) (bool, error) {
		heard := map[int]bool{}
		for b := range d.truth.buckets {
			region, ok := strings.CutPrefix(b.key, "braid.region=")
			if !ok || b.tier != 5*time.Minute || heard[home[region]] {
				continue
			}
			stored, err := d.stored(ctx, store, b)
			if err != nil {
				return false, err
			}
			heard[home[region]] = stored.Estimate().Value > 0
		}
		return len(heard) == edgeCount && heard[0] && heard[1] && heard[2], nil
	})
}

func (d *deployment) compare(ctx context.Context) (r *Result, err error) {
	err = d.read(ctx, func(store *relational.Store) error {
		r, err = d.compareWith(ctx, store)
		return err
	})
	return r, err
}

func (d *deployment) compareWith(ctx context.Context, store *relational.Store) (r *Result, err error) {
	r = &Result{Asked: d.asked, Sketches: map[time.Duration]int{}, Equal: map[time.Duration]int{}}
	got, want := map[int64]map[string]float64{}, map[int64]map[string]float64{}
	for b, whole := range d.truth.buckets {
		if end := d.start.Add(d.o.Duration).UnixNano(); b.start >= end {
			continue // of the last visit, which only closes the others
		}
		stored, err := d.stored(ctx, store, b)
		if err != nil {
			return nil, err
		}
		r.Sketches[b.tier]++
		if bytes.Equal(stored.Registers(nil), whole.Registers(nil)) {
			r.Equal[b.tier]++
		} else if len(r.Wrong) < 10 {
			r.Wrong = append(r.Wrong, fmt.Sprintf("%s %q %s of %s: %.0f instead of %.0f", b.identity, b.key, b.tier,
				time.Unix(0, b.start).UTC().Format(time.TimeOnly), stored.Estimate().Value, whole.Estimate().Value))
		}
		if region, ok := strings.CutPrefix(b.key, "braid.region="); ok && b.identity == "client" && b.tier == 5*time.Minute {
			note(got, b.start, region, stored)
			note(want, b.start, region, whole)
		}
	}
	if r.Told, err = d.told(ctx, store); err != nil {
		return nil, err
	}
	for at := range want {
		r.Rankings++
		if slices.Equal(ranking(got[at]), ranking(want[at])) {
			r.Right++
		}
	}
	return r, nil
}

// told counts the incidents that say the first edge is silent: from five minutes after it was cut off.
func (d *deployment) told(ctx context.Context, store *relational.Store) (n int, err error) {
	cut := d.start.Add(d.o.Cut)
	page, err := store.Events(ctx, history.EventQuery{
		Kinds: []history.Kind{history.KindIncident}, Window: history.Window{From: cut, To: cut.Add(d.o.CutFor + 10*time.Minute)}, Limit: 1000,
	})
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errBusy, err)
	}
	for i := range page.Items {
		services, _ := page.Items[i].Attributes["braid.incident.services"].([]any) // the title may name a suspect instead
		if slices.Contains(services, any("edge "+edgeName(0))) {
			n++
		}
	}
	return n, nil
}

func note(users map[int64]map[string]float64, at int64, region string, s *sketch.Sketch) {
	if users[at] == nil {
		users[at] = map[string]float64{}
	}
	users[at][region] = s.Estimate().Value
}

// stored is the union of a bucket's frames in the center's history.
func (d *deployment) stored(ctx context.Context, store *relational.Store, b bucket) (*sketch.Sketch, error) {
	name, value, _ := strings.Cut(b.key, "=")
	at := time.Unix(0, b.start)
	q := history.SketchQuery{Identity: b.identity, Tier: b.tier, Window: history.Window{From: at, To: at.Add(time.Second)}}
	if name != "" {
		q.Key = map[string]string{name: value}
	}
	page, err := store.Sketches(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBusy, err)
	}
	out := new(sketch.Sketch)
	for _, s := range page.Items {
		for _, frame := range s.Frames {
			_, part, err := d.truth.hasher.Open(b.subject(name, value), frame)
			if err != nil {
				return nil, fmt.Errorf("opening a sketch of %v: %w", b, err)
			}
			if err := out.Merge(part); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
