package main

import (
	"fmt"
	"io"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braidotel/braid/internal/otlpsend"
)

// How often progress is shown: on a terminal in place, elsewhere as lines of a log.
const (
	terminalEvery = time.Second
	logEvery      = 10 * time.Second
)

// progress shows what a sending command is doing.
type progress struct {
	w        io.Writer
	terminal bool
	stats    func() otlpsend.Stats
	began    time.Time
	event    atomic.Int64 // Unix nanoseconds of the latest event time sent; 0 = none
	last     otlpsend.Stats
	lastAt   time.Time
}

func newProgress(w io.Writer, stats func() otlpsend.Stats) *progress {
	now := time.Now()
	return &progress{w: w, terminal: isTerminal(w), stats: stats, began: now, lastAt: now}
}

// follow passes requests on and notes their event time.
func (p *progress) follow(requests iter.Seq2[otlpsend.Request, error]) iter.Seq2[otlpsend.Request, error] {
	return func(yield func(otlpsend.Request, error) bool) {
		for r, err := range requests {
			if err == nil && !r.Time.IsZero() {
				p.event.Store(r.Time.UnixNano())
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// start shows progress until the function it returns is called.
func (p *progress) start() (stop func()) {
	every := logEvery
	if p.terminal {
		every = terminalEvery
	}
	done := make(chan struct{})
	var shown sync.WaitGroup
	shown.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.show()
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		shown.Wait()
	}
}

func (p *progress) show() {
	now, stats := time.Now(), p.stats()
	done, before := stats.Total(), p.last.Total()
	rate := float64(done.Accepted-before.Accepted) / now.Sub(p.lastAt).Seconds()
	p.last, p.lastAt = stats, now
	text := fmt.Sprintf("%s %.0f items/s, %s", p.eventTime(), rate, &stats)
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", text)
	} else {
		fmt.Fprintln(p.w, text)
	}
}

// sum prints the last line: everything that was sent, and how fast.
func (p *progress) sum() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	stats, took := p.stats(), time.Since(p.began)
	total := stats.Total()
	fmt.Fprintf(p.w, "%s in %v: %.0f spans/s, %.0f items/s, %.1f MB/s\n", &stats, took.Round(time.Millisecond),
		float64(stats.Tallies[otlpsend.Traces].Accepted)/took.Seconds(), float64(total.Accepted)/took.Seconds(),
		float64(stats.Bytes)/1e6/took.Seconds())
}

func (p *progress) eventTime() string {
	if at := p.event.Load(); at != 0 {
		return time.Unix(0, at).Format(time.RFC3339)
	}
	return "-"
}
