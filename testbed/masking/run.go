package masking

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/braidotel/braid/internal/pii"
)

// Options of a run.
type Options struct {
	// Items is the size of the corpus; 0 means 60,000. Seed makes another of the same kind.
	Items int
	// Identifiers is how many trace, span, order and request ids are tried; 0 means a million.
	Identifiers int
	Seed        uint64
	// Misses is how many texts that went wrong are printed.
	Misses int
}

// tally counts what became of one class in one set.
type tally struct{ spans, covered, classed, found, right int }

func share(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f %%", 100*float64(n)/float64(of))
}

// Result is what a run comes to.
type Result struct {
	// Classes are recall and precision by class, of development and held-back carriers together; Held of the latter alone.
	Classes, Held map[pii.Class]Score
	// Precision is over all findings.
	Precision float64
	// FalseIDs is how many of a million identifiers were taken for personal data.
	FalseIDs int
}

// Score is recall and precision, between 0 and 1.
type Score struct {
	Spans             int
	Recall, Precision float64
}

// Run measures and prints.
func Run(out io.Writer, o Options) (*Result, error) {
	if o.Items == 0 {
		o.Items = 60_000
	}
	if o.Identifiers == 0 {
		o.Identifiers = 1_000_000
	}
	all, heldBack := map[pii.Class]*tally{}, map[pii.Class]*tally{}
	for _, c := range pii.Classes {
		all[c], heldBack[c] = &tally{}, &tally{}
	}
	misses, bytes := 0, 0
	began := time.Now()
	var looking time.Duration
	each(20261122+o.Seed, o.Items, func(it *item) {
		bytes += len(it.text)
		t := time.Now()
		found := pii.Find(it.text)
		looking += time.Since(t)
		wrong := it.count(all, found)
		if it.held {
			it.count(heldBack, found)
		}
		if wrong != "" && misses < o.Misses && !it.held {
			misses++
			fmt.Fprintf(out, "%s %s/%s %s: %q\n", wrong, it.class, it.writing, it.carrier, it.text)
		}
	})
	result := &Result{Classes: scores(all), Held: scores(heldBack), FalseIDs: falseIDs(o.Seed, o.Identifiers)}
	fmt.Fprintf(out, "%d items of Korean and English text, %.1f MB\n", o.Items, float64(bytes)/1e6)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "class\tin it\trecall\tright class\tprecision\tin held back\trecall\tprecision\t")
	total := tally{}
	for _, c := range classes {
		a, h := all[c], heldBack[c]
		total.found, total.right = total.found+a.found, total.right+a.right
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%d\t%s\t%s\t\n", c, a.spans, share(a.covered, a.spans), share(a.classed, a.spans), share(a.right, a.found),
			h.spans, share(h.covered, h.spans), share(h.right, h.found))
	}
	if err := table.Flush(); err != nil {
		return nil, fmt.Errorf("printing: %w", err)
	}
	if total.found > 0 {
		result.Precision = float64(total.right) / float64(total.found)
	}
	fmt.Fprintf(out, "precision over all: %s; of %d trace, span, order and request ids taken for personal data: %d\n", share(total.right, total.found), o.Identifiers, result.FalseIDs)
	fmt.Fprintf(out, "speed: %.0f MB/s over the corpus, %.0f MB/s over ordinary log lines (a core, this machine); %s in all\n",
		float64(bytes)/1e6/looking.Seconds(), speed(), time.Since(began).Round(time.Second))
	return result, nil
}

// count adds an item to the tallies and says what went wrong with it: a miss, a false find, or nothing.
func (it *item) count(tallies map[pii.Class]*tally, found []pii.Finding) string {
	var wrong []string
	for _, s := range it.spans {
		t := tallies[it.class]
		t.spans++
		switch i := slices.IndexFunc(found, func(f pii.Finding) bool { return f.Start <= s[0] && s[1] <= f.End }); {
		case i < 0:
			wrong = append(wrong, "MISSED")
		case found[i].Class == it.class:
			t.classed++
			t.covered++
		default:
			t.covered++
		}
	}
	for _, f := range found {
		t := tallies[f.Class]
		t.found++
		if slices.ContainsFunc(it.spans, func(s [2]int) bool { return f.Start < s[1] && s[0] < f.End }) {
			t.right++
		} else {
			wrong = append(wrong, fmt.Sprintf("FALSE %s %q", f.Class, it.text[f.Start:f.End]))
		}
	}
	return strings.Join(wrong, " ")
}

func scores(tallies map[pii.Class]*tally) map[pii.Class]Score {
	out := map[pii.Class]Score{}
	for c, t := range tallies {
		if t.spans > 0 {
			out[c] = Score{t.spans, float64(t.covered) / float64(t.spans), float64(t.right) / float64(max(1, t.found))}
		}
	}
	return out
}

func falseIDs(seed uint64, n int) int {
	r := rand.New(rand.NewPCG(seed, 0x1d5))
	found := 0
	for i := range n {
		found += len(pii.Find(identifiers[i%len(identifiers)](r)))
	}
	return found
}

// speed is how many megabytes a second of ordinary log lines are looked through.
func speed() float64 {
	line := `2026-11-22T14:30:05.123Z INFO [checkout-7d4f9] order placed trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 duration=132.5ms status=200 route=/api/v1/orders/{id}` + "\n"
	text := strings.Repeat(line, 1000)
	best := time.Hour
	for range 5 {
		t := time.Now()
		pii.Find(text)
		best = min(best, time.Since(t))
	}
	return float64(len(text)) / 1e6 / best.Seconds()
}
