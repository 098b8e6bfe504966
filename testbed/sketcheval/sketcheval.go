// Package sketcheval measures the error of the counters in internal/sketch over many seeds and holds it against the
// bars they are built for.
package sketcheval

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"text/tabwriter"

	"github.com/braidotel/braid/internal/sketch"
)

// Options choose how much is measured. The zero value measures what testbed/RESULTS.md reports.
type Options struct {
	// Seeds is how many independent crowds each row averages over; 0 means 400. The sampling error of an RMSE is
	// 71 % / sqrt(seeds), that of a bias the RMSE / sqrt(seeds).
	Seeds int
	// MaxPeople leaves out the rows above it; 0 means 10^7.
	MaxPeople int
}

// bar is what a row must keep to, in per cent and bytes.
type bar struct {
	rmse, bias float64
	bytes      int
}

// subject is a counter under measurement.
type subject struct {
	name string
	bar  bar
	// count fills a new counter with n identities and returns its estimate and memory.
	count func(n int, seed uint64) (estimate float64, bytes int)
}

// span is five minutes of ticks of 2 s.
const span = 150

func subjects() []subject {
	return []subject{
		{"closed bucket, p=14", bar{0.85, 0.1, 0}, countBucket},
		{"window, p=13", bar{0.80, 0.1, 180 << 10}, countWindow(13)},
		{"window, p=14", bar{0.56, 0.1, 340 << 10}, countWindow(14)},
	}
}

func countBucket(n int, seed uint64) (float64, int) {
	var s sketch.Sketch
	hashes := rand.NewPCG(seed, uint64(n))
	for range n {
		s.Observe(hashes.Uint64())
	}
	return s.Estimate().Value, s.Bytes()
}

func countWindow(precision uint8) func(int, uint64) (float64, int) {
	return func(n int, seed uint64) (float64, int) {
		w, err := sketch.NewWindow(span, precision)
		if err != nil {
			panic(err) // constants of this package
		}
		hashes := rand.NewPCG(seed, uint64(n))
		for i := range n {
			w.Observe(int64(i)*span/int64(n), hashes.Uint64())
		}
		return w.Estimate().Value, w.Bytes()
	}
}

var errBar = errors.New("some rows miss their bar")

// Run prints a table of errors to w. It returns an error when a row misses its bar.
func Run(w io.Writer, opts Options) error {
	if opts.Seeds <= 0 {
		opts.Seeds = 400
	}
	if opts.MaxPeople <= 0 {
		opts.MaxPeople = 1e7
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "counter\tpeople\tseeds\tRMSE %%\tbias %%\tmost bytes\tbar RMSE/bias %%\t\t\n")
	missed := false
	for _, s := range subjects() {
		for n := 1000; n <= opts.MaxPeople; n *= 10 {
			root, bias, bytes := measure(s, n, opts.Seeds)
			verdict := "ok"
			if root > s.bar.rmse || math.Abs(bias) > s.bar.bias || s.bar.bytes > 0 && bytes > s.bar.bytes {
				verdict, missed = "MISSED", true
			}
			fmt.Fprintf(table, "%s\t%d\t%d\t%.3f\t%+.3f\t%d\t%.2f/%.1f\t%s\t\n",
				s.name, n, opts.Seeds, root, bias, bytes, s.bar.rmse, s.bar.bias, verdict)
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing the table: %w", err)
	}
	if missed {
		return errBar
	}
	return nil
}

// measure returns the root mean square and the mean of the relative errors, in per cent, and the most memory.
func measure(s subject, n, seeds int) (root, bias float64, bytes int) {
	for seed := range seeds {
		estimate, held := s.count(n, uint64(seed))
		e := 100 * (estimate/float64(n) - 1)
		root += e * e
		bias += e
		bytes = max(bytes, held)
	}
	return math.Sqrt(root / float64(seeds)), bias / float64(seeds), bytes
}
