package rcaeval

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// over tallies those cases of a variant that are wanted.
func (v *variant) over(truth map[string]*fault, wanted func(int, *fault) bool) *tally {
	t := &tally{}
	for i := range v.said {
		if f := truth[v.said[i].Case]; f != nil && wanted(i, f) {
			t.add(f, v.said[i].Ranked)
		}
	}
	return t
}

func everyCase(int, *fault) bool { return true }

func ofSystem(name string) func(int, *fault) bool {
	return func(_ int, f *fault) bool { return f.System == name }
}

// systems are those whose cases a variant ranked.
func systems(truth map[string]*fault, v *variant) []string {
	found := map[string]bool{}
	for i := range v.said {
		if f := truth[v.said[i].Case]; f != nil {
			found[f.System] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// columns heads the table of variants and prints the shipped one.
func columns(w io.Writer, truth map[string]*fault, shipped *variant) {
	for _, s := range systems(truth, shipped) {
		fmt.Fprintf(w, "  %14s", s)
	}
	fmt.Fprintf(w, "  %9s %9s\n%-14s %8s %8s", "Avg@5", "kind@1", "", "", "")
	figures(w, truth, shipped)
}

// figures prints AC@1 of each system and Avg@5 of all.
func figures(w io.Writer, truth map[string]*fault, v *variant) {
	for _, s := range systems(truth, v) {
		fmt.Fprintf(w, "  %14.3f", v.over(truth, ofSystem(s)).first())
	}
	all := v.over(truth, everyCase)
	fmt.Fprintf(w, "  %9.3f %9.3f\n", all.average(), part(all.indicator, all.indicated))
}

// fold is a part of the cases to choose on; the rest is measured.
type fold struct {
	name   string
	chosen func(int, *fault) bool
}

// validate prints, for each fold, the variant that is best on it, and how it does on the other cases beside the shipped one.
func validate(w io.Writer, truth map[string]*fault, all []*variant) error {
	shipped := all[0]
	var folds []fold
	for _, s := range systems(truth, shipped) {
		folds = append(folds, fold{"all but " + s, func(_ int, f *fault) bool { return f.System != s }})
	}
	for k, name := range []string{"even cases", "odd cases"} {
		folds = append(folds, fold{name, func(i int, _ *fault) bool { return i%2 == k }})
	}
	fmt.Fprintf(w, "\n%-28s %-20s %6s  %-20s %-20s\n", "chosen on", "best there", "AC@1", "AC@1, Avg@5 elsewhere", "shipped elsewhere")
	for _, f := range folds {
		rest := func(i int, x *fault) bool { return !f.chosen(i, x) }
		best := shipped
		for _, v := range all {
			if better(v.over(truth, f.chosen), best.over(truth, f.chosen)) {
				best = v
			}
		}
		name := "shipped"
		if best != shipped {
			name = fmt.Sprintf("%s %.4g", best.constant.Name, best.value)
		}
		there, other, own := best.over(truth, f.chosen), best.over(truth, rest), shipped.over(truth, rest)
		if _, err := fmt.Fprintf(w, "%-28s %-20s %6.3f  %.3f, %.3f          %.3f, %.3f\n",
			f.name, name, there.first(), other.first(), other.average(), own.first(), own.average()); err != nil {
			return err
		}
	}
	return nil
}

// better says whether a tally is above another: by AC@1, then by Avg@5.
func better(a, b *tally) bool {
	if a.at[1] != b.at[1] {
		return a.at[1] > b.at[1]
	}
	return a.average() > b.average()
}
