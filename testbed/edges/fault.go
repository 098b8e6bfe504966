package edges

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/pace"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/testbed/wait"
)

// What happens in a run with a fault, in event time: the shop fills before anybody looks.
const (
	faultFills  = 25 * time.Minute
	faultAfter  = 45 * time.Minute // since anybody looks
	faultFor    = 10 * time.Minute
	faultBehind = 12 * time.Minute // goes on that long
	faultSites  = 2                // of the edges, each with a region of its own
	// From faultCalm before the fault on, time passes at faultSpeed only: what an edge tells takes up to a second to reach
	// the center, which as fast as possible are minutes of event time, in which incidents end and edges fall silent.
	faultCalm  = 6 * time.Minute
	faultSpeed = 15
)

// FaultResult is what became of a fault of one service in some regions.
type FaultResult struct {
	// Struck are the regions of the fault, the others had none.
	Struck, Others []string
	// Local is how many incidents the edge of each region told of at that time.
	Local map[string]int
	// Spanning is how many of the center's own name every region of the fault and no other, Wider how many name others
	// beside, Further how many do not name all.
	Spanning, Wider, Further int
	// Titles are those of the center's own, with the regions that they name.
	Titles []string
}

// OK reports whether the center took it for one incident of those regions.
func (r *FaultResult) OK() bool { return r.Spanning == 1 && r.Wider == 0 }

// Print writes the table of the result.
func (r *FaultResult) Print(w io.Writer) error {
	told := make([]string, 0, len(r.Struck)+len(r.Others))
	for _, region := range slices.Concat(r.Struck, r.Others) {
		told = append(told, fmt.Sprint(region, " ", r.Local[region]))
	}
	_, err := fmt.Fprintf(w, `| | |
|---|---|
| regions whose payments failed; others | %s; %s |
| incidents that their edges told of | %s |
| incidents of the center that name the former and no other | %d |
| those that name others beside | %d |
| further ones, which do not name both | %d |
| what the center says | %s |
`, strings.Join(r.Struck, ", "), strings.Join(r.Others, ", "), strings.Join(told, ", "), r.Spanning, r.Wider, r.Further, strings.Join(r.Titles, "; "))
	return err
}

// RunFault lets the payments of two of three regions fail for ten minutes, and returns what the center tells of it. Nothing
// else is disturbed but what goes on to the center.
func RunFault(ctx context.Context, o Options) (result *FaultResult, err error) {
	d := &deployment{o: o, start: lastWorkday(time.Now())}
	defer func() { err = errors.Join(err, d.close(context.WithoutCancel(ctx))) }()
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	if err := d.fail(ctx); err != nil {
		return nil, err
	}
	err = d.settle(ctx, func() (bool, error) {
		err := d.read(ctx, func(store *relational.Store) (err error) {
			result, err = d.incidents(ctx, store)
			return err
		})
		return result != nil && result.OK(), err
	})
	return result, err
}

// fail lets people visit three sites; at some of them payments fail for a while.
func (d *deployment) fail(ctx context.Context) error {
	cfg := simulate.Config{Seed: d.o.Seed, Start: d.start.Add(-faultFills), Users: d.o.Users, Duration: faultFills + faultAfter + faultFor + faultBehind}
	sound, err := simulate.New(cfg)
	if err != nil {
		return err
	}
	cfg.Scenarios = []simulate.Scenario{{Kind: simulate.Fault, Offset: faultFills + faultAfter, Length: faultFor}}
	ill, err := simulate.New(cfg)
	if err != nil {
		return err
	}
	sites := make([]simulate.Batch, edgeCount)
	pacer, calm := pace.Pacer{Speed: faultSpeed}, d.start.Add(faultAfter-faultCalm)
	next := d.start.Add(step)
	for {
		one, more := ill.Next()
		other, also := sound.Next()
		if more && also && one.Time.Before(d.start) {
			continue
		}
		for i := range sites {
			from := &one
			if i >= faultSites {
				from = &other
			}
			gather(&sites[i], from, simulate.Regions()[i])
		}
		if more && also && one.Time.Before(next) {
			continue
		}
		if next.After(calm) {
			if err := wait.For(ctx, pacer.Wait(next, time.Now())); err != nil {
				return err
			}
		}
		for i := range sites {
			if err := d.deliver(ctx, i, &sites[i]); err != nil {
				return err
			}
			sites[i] = simulate.Batch{}
		}
		if !more || !also {
			return nil
		}
		next = next.Add(step)
	}
}

// gather adds what happens in a region.
func gather(to, from *simulate.Batch, region string) {
	here := func(r *simulate.Resource) bool { return text(r.Attrs, "braid.region") == region }
	for _, s := range from.Spans {
		if here(s.Resource) {
			to.Spans = append(to.Spans, s)
		}
	}
	for _, l := range from.Logs {
		if here(l.Resource) {
			to.Logs = append(to.Logs, l)
		}
	}
	for _, p := range from.Points {
		if here(p.Resource) {
			to.Points = append(to.Points, p)
		}
	}
}

// incidents reads what the center tells of the time of the fault.
func (d *deployment) incidents(ctx context.Context, store *relational.Store) (*FaultResult, error) {
	sites := simulate.Regions()[:edgeCount]
	r := &FaultResult{Struck: sites[:faultSites], Others: sites[faultSites:], Local: map[string]int{}}
	from := d.start.Add(faultAfter)
	page, err := store.Events(ctx, history.EventQuery{
		Kinds: []history.Kind{history.KindIncident}, Window: history.Window{From: from, To: from.Add(faultFor + faultBehind)}, Limit: 1000,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBusy, err)
	}
	for i := range page.Items {
		e := &page.Items[i]
		if e.Region != "" {
			r.Local[e.Region]++
			continue
		}
		regions, _ := e.Attributes["braid.incident.regions"].([]any)
		r.Titles = append(r.Titles, fmt.Sprintf("%s %v", e.Title, regions))
		named := func(region string) bool { return slices.Contains(regions, any(region)) }
		switch {
		case slices.ContainsFunc(r.Struck, func(region string) bool { return !named(region) }):
			r.Further++
		case slices.ContainsFunc(r.Others, named):
			r.Wider++
		default:
			r.Spanning++
		}
	}
	return r, nil
}
