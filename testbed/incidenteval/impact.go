package incidenteval

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/braidotel/braid/internal/simulate"
)

// ImpactOptions say which shops have a fault planted.
type ImpactOptions struct {
	First uint64 // seed of the first shop; the others follow
	Shops int
	Users int
	Blind bool // the connector is not told which attributes speak of carts
}

// faultLength is how long a planted fault lasts.
const faultLength = 6 * time.Minute

// Impact prints what the connector said of planted faults beside the truth: of the first shop in full, then a line for each
// shop, then of all together, and the worst of each figure.
func Impact(ctx context.Context, o ImpactOptions, report io.Writer) error {
	var said Report
	var truth simulate.Toll
	worst := make([]float64, 4)
	for n := range o.Shops {
		seed := o.First + uint64(n)
		out, err := Planted(ctx, Shop{Seed: seed, Users: o.Users, Fault: faultLength, Blind: o.Blind})
		if err != nil {
			return err
		}
		if len(out.Reports) == 0 {
			return fmt.Errorf("shop %d: no incident", seed)
		}
		last := out.Reports[len(out.Reports)-1]
		if n == 0 {
			full(report, &out)
			compare(report, &last, &out.Truth)
		}
		fmt.Fprintf(report, "shop %3d: %s, %s", seed, last.Service, last.Kind)
		for i, row := range rows(&last, &out.Truth) {
			fmt.Fprintf(report, "  %s %+.2f %%", row.name, row.off())
			worst[i] = max(worst[i], math.Abs(row.off()))
		}
		fmt.Fprintln(report)
		said = Report{Users: said.Users + last.Users, Sessions: said.Sessions + last.Sessions, Orders: said.Orders + last.Orders, Lost: said.Lost + last.Lost}
		truth = simulate.Toll{
			Users: truth.Users + out.Truth.Users, Visits: truth.Visits + out.Truth.Visits, Orders: truth.Orders + out.Truth.Orders, Value: truth.Value + out.Truth.Value,
		}
	}
	fmt.Fprintf(report, "%d shops of %d visitors together\n", o.Shops, o.Users)
	compare(report, &said, &truth)
	fmt.Fprint(report, "worst shop:")
	for i, row := range rows(&said, &truth) {
		fmt.Fprintf(report, "  %s %.2f %%", row.name, worst[i])
	}
	fmt.Fprintln(report)
	return nil
}

// full prints every report of a shop.
func full(w io.Writer, out *Outcome) {
	fmt.Fprintf(w, "%d spans in %.0f s, %.0f a second\n", out.Spans, out.Took.Seconds(), float64(out.Spans)/out.Took.Seconds())
	for _, r := range out.Reports {
		fmt.Fprintf(w, "%s %s %-8s %-12s %-9s %s\n", r.At.Format("15:04:05"), r.ID, r.Phase, r.Service, r.Kind, r.Title)
	}
}

// row is a figure beside its truth.
type row struct {
	name      string
	got, want float64
}

// off is how far a figure is from the truth, in percent.
func (r row) off() float64 { return 100 * (r.got - r.want) / r.want }

func rows(said *Report, truth *simulate.Toll) []row {
	return []row{
		{"users", said.Users, float64(truth.Users)}, {"sessions", said.Sessions, float64(truth.Visits)},
		{"failed orders", said.Orders, float64(truth.Orders)}, {"lost, KRW", said.Lost, truth.Value},
	}
}

// compare prints what was said beside the truth.
func compare(w io.Writer, said *Report, truth *simulate.Toll) {
	for _, r := range rows(said, truth) {
		fmt.Fprintf(w, "%-14s %12.0f truth %12.0f off by %+.2f %%\n", r.name, r.got, r.want, r.off())
	}
}
