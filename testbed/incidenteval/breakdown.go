package incidenteval

import (
	"fmt"
	"io"
	"math"
)

// fate is what became of a fault: of its own alerts and of others' in the incident that most of its own are in.
type fate struct {
	main    string // that incident
	missing int    // own alerts elsewhere
	foreign int    // others' alerts in it
	shared  bool   // another fault's main incident too
}

func (f *fate) alone() bool { return f.missing == 0 && f.foreign == 0 }

// dice is how much a fault and its incident have in common, from 0 to 1.
func (f *fate) dice(alerts int) float64 {
	common := alerts - f.missing
	return 2 * float64(common) / float64(alerts+common+f.foreign)
}

// fates compares where alerts were put (incident by alert) with the truth.
func (t *truth) fates(put map[string]string) map[*fault]*fate {
	size := map[string]int{}
	for alert := range t.of {
		size[where(put, alert)]++
	}
	out := map[*fault]*fate{}
	owners := map[string]int{}
	for _, f := range t.faults {
		if len(f.alerts) == 0 {
			continue
		}
		in := map[string]int{}
		for _, alert := range f.alerts {
			in[where(put, alert)]++
		}
		x := &fate{}
		for name, n := range in {
			if n > in[x.main] || n == in[x.main] && name < x.main {
				x.main = name
			}
		}
		x.missing, x.foreign = len(f.alerts)-in[x.main], size[x.main]-in[x.main]
		owners[x.main]++
		out[f] = x
	}
	for _, x := range out {
		x.shared = owners[x.main] > 1
	}
	return out
}

// where is the incident of an alert; one that was put nowhere stands alone.
func where(put map[string]string, alert string) string {
	if name := put[alert]; name != "" {
		return name
	}
	return "\x00" + alert
}

// group is some faults of which something is counted.
type group struct {
	faults, alone int
	dice          float64
}

// breakdown prints how faults that are not alone in one incident go wrong.
func (t *truth) breakdown(w io.Writer, put map[string]string) {
	fates := t.fates(put)
	total, kinds := group{}, map[string]int{}
	byOverlap, byWrong := make([]group, 4), make([]int, 5)
	for f, x := range fates {
		o := &byOverlap[min(len(f.overlap), 3)]
		for _, g := range []*group{&total, o} {
			g.faults++
			g.dice += x.dice(len(f.alerts))
			if x.alone() {
				g.alone++
			}
		}
		if x.alone() {
			continue
		}
		kinds[x.kind()]++
		byWrong[scale(x.missing+x.foreign)]++
	}
	share := func(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }
	fmt.Fprintf(w, "faults %d, alone in one incident with every alert %d (%.1f %%), not alone %d\n", total.faults, total.alone, share(total.alone, total.faults), total.faults-total.alone)
	for _, kind := range []string{kindMerged, kindSplit, kindMixed, kindExchanged} {
		fmt.Fprintf(w, "  %-58s %4d\n", kind, kinds[kind])
	}
	for i, name := range []string{"1 alert wrong", "2 to 5", "6 to 20", "21 to 50", "more"} {
		fmt.Fprintf(w, "  %-58s %4d\n", name, byWrong[i])
	}
	for i, name := range []string{"overlapping no other of the system", "one", "two", "three and more"} {
		g := byOverlap[i]
		fmt.Fprintf(w, "  %-34s %4d, alone %4d (%5.1f %%), alerts in common %.3f\n", name, g.faults, g.alone, share(g.alone, g.faults), g.dice/float64(max(g.faults, 1)))
	}
	fmt.Fprintf(w, "were all alone that overlap no other: %.1f %%\n", share(total.alone+byOverlap[0].faults-byOverlap[0].alone, total.faults))
}

// How a fault may fail to be alone.
const (
	kindMerged    = "merged: another fault's alerts are mostly there too"
	kindSplit     = "split: some of its alerts are elsewhere, no other's there"
	kindMixed     = "mixed: all of its alerts and some of another's"
	kindExchanged = "exchanged: some of its alerts elsewhere, some of others' there"
)

func (f *fate) kind() string {
	switch {
	case f.shared:
		return kindMerged
	case f.foreign == 0:
		return kindSplit
	case f.missing == 0:
		return kindMixed
	}
	return kindExchanged
}

func scale(n int) int {
	for i, most := range []int{1, 5, 20, 50} {
		if n <= most {
			return i
		}
	}
	return 4
}

// pairwise is the F1 of pairs of alerts that are in one incident.
func (t *truth) pairwise(put map[string]string) float64 {
	both, is, said := map[[2]string]float64{}, map[string]float64{}, map[string]float64{}
	for alert, f := range t.of {
		name := where(put, alert)
		both[[2]string{f.ID, name}]++
		is[f.ID]++
		said[name]++
	}
	return 2 * pairs(both) / (pairs(is) + pairs(said))
}

func pairs[K comparable](sizes map[K]float64) float64 {
	sum := 0.0
	for _, n := range sizes {
		sum += n * (n - 1) / 2
	}
	return sum
}

// needed is the part of the alerts that fired while several faults of a system lasted (ambiguous, by alert) that must be
// right, each by itself, for so large a part of the faults to be alone; those elsewhere taken for right.
func (t *truth) needed(ambiguous map[string]bool, alone float64) float64 {
	at := map[*fault]int{}
	for alert := range ambiguous {
		at[t.of[alert]]++
	}
	expected := func(right float64) float64 {
		sum := 0.0
		for _, f := range t.faults {
			n := at[f]
			for _, other := range f.overlap {
				n += at[other] / max(1, len(other.overlap)) // wrong ones of it come here
			}
			sum += math.Pow(right, float64(n))
		}
		return sum / float64(len(t.faults))
	}
	low, high := 0.0, 1.0
	for range 40 {
		if mid := (low + high) / 2; expected(mid) < alone {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}
