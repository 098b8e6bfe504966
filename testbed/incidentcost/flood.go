package incidentcost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/braidotel/braid/testbed/incidenteval"
)

// floodFor is how long the flood lasts, in event time; the heap is read every hour of it.
const floodFor, floodRead = 24 * 3600, 3600 // seconds

// Flood offers a connector with its defaults a day of traffic in which names never end: so many distinct operations, log
// statements and hosts with a metric, evenly over the day, beside services that do the same all day. It prints the heap in
// use after every hour, and the mean of the last third of the day against the second. Heap profiles of every hour go to a
// folder, if one is given.
func Flood(ctx context.Context, names int, profiles string, report io.Writer) error {
	said := &incidenteval.Reports{}
	nodes, err := incidenteval.Connect(ctx, said, nil)
	if err != nil {
		return err
	}
	begin := time.Now()
	start := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	var heap []float64
	next := 0
	for at := 0; at < floodFor && ctx.Err() == nil; at++ {
		upTo := (at + 1) * names / floodFor
		td, ld, md := offered(next, upTo, at, start.Add(time.Duration(at)*time.Second))
		next = upTo
		if err := errors.Join(nodes.Traces.ConsumeTraces(ctx, td), nodes.Logs.ConsumeLogs(ctx, ld), nodes.Metrics.ConsumeMetrics(ctx, md)); err != nil {
			return errors.Join(err, nodes.Stop(ctx))
		}
		if (at+1)%floodRead == 0 {
			heap = append(heap, heapInUse())
			fmt.Fprintf(report, "%3d h: %6d names, heap %6.1f MiB\n", len(heap), next, heap[len(heap)-1])
			if err := profiled(profiles, len(heap)); err != nil {
				return errors.Join(err, nodes.Stop(ctx))
			}
		}
	}
	if err := errors.Join(ctx.Err(), nodes.Stop(ctx)); err != nil {
		return err
	}
	third := len(heap) / 3
	second, last := mean(heap[third:2*third]), mean(heap[2*third:])
	fmt.Fprintf(report, "second third of the day %.1f MiB, last %.1f MiB: %.3f times; %d reports, %.0f s\n", second, last, last/second, len(said.List()), time.Since(begin).Seconds())
	return nil
}

// spent is the time of processors that the process took so far, garbage collection included; 0 if the system does not say.
func spent() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// heapInUse is the heap that is reachable, MiB.
func heapInUse() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// profiled writes the heap's profile after an hour to a folder, if one is given.
func profiled(folder string, hour int) (err error) {
	if folder == "" {
		return nil
	}
	f, err := os.Create(filepath.Join(folder, fmt.Sprintf("heap-%02d.pb.gz", hour)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return pprof.WriteHeapProfile(f)
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}
