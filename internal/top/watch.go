package top

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// How many of the newest events a view holds.
const (
	keptEvents = 12
	keptAlerts = 4
)

// maxMetrics bounds what is read of a metrics page.
const maxMetrics = 64 << 20

// Watcher shows a collector's figures again and again.
type Watcher struct {
	// URL of the prometheus exporter.
	URL string
	// EventsFile of the file exporter; empty shows no events.
	EventsFile string
	// Every is the time between refreshes.
	Every time.Duration
	// Out is where to show them.
	Out io.Writer
	// Size tells the width and height of the terminal in characters. nil means that Out is none: each refresh is then one plain line, and
	// each event another.
	Size func() (width, height int)

	tail    *Tail
	view    View
	counted time.Time // first refresh that showed a session or user
	client  *http.Client
}

// Run shows figures until ctx is done, which is its regular end.
func (w *Watcher) Run(ctx context.Context) error {
	if w.Every <= 0 {
		return fmt.Errorf("refresh interval must be above 0, got %v", w.Every)
	}
	w.client = &http.Client{Timeout: max(w.Every, 2*time.Second), Transport: &http.Transport{DisableKeepAlives: true}}
	w.view.Source = w.URL
	if w.EventsFile != "" {
		w.tail = NewTail(w.EventsFile)
	}
	ticker := time.NewTicker(w.Every)
	defer ticker.Stop()
	for {
		fresh := w.refresh(ctx, time.Now())
		if ctx.Err() != nil {
			return nil
		}
		if err := w.show(fresh); err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Counted returns when a session or user was first seen to be counted; zero if never. Call it when Run has returned.
func (w *Watcher) Counted() time.Time { return w.counted }

// refresh reads metrics and events and returns the new events.
func (w *Watcher) refresh(ctx context.Context, now time.Time) (fresh []Event) {
	w.view.Now, w.view.Problem = now, ""
	snapshot, err := w.scrape(ctx)
	if err == nil {
		w.view.Snapshot = snapshot
		if w.counted.IsZero() && snapshot.Counted() {
			w.counted = now
		}
	}
	if w.tail != nil {
		var tailErr error
		fresh, tailErr = w.tail.Poll()
		err = errors.Join(err, tailErr)
		for _, e := range fresh {
			if e.alert() {
				w.view.Alerts = newest(append(w.view.Alerts, e), keptAlerts)
			} else {
				w.view.Events = newest(append(w.view.Events, e), keptEvents)
			}
		}
	}
	if err != nil {
		w.view.Problem = err.Error()
	}
	return fresh
}

func newest(events []Event, n int) []Event {
	return slices.Delete(events, 0, max(0, len(events)-n))
}

func (w *Watcher) scrape(ctx context.Context) (Snapshot, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL, http.NoBody)
	if err != nil {
		return Snapshot{}, err
	}
	response, err := w.client.Do(request)
	if err != nil {
		return Snapshot{}, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return Snapshot{}, fmt.Errorf("%s answered %s", w.URL, response.Status)
	}
	return Parse(io.LimitReader(response.Body, maxMetrics))
}

// Terminal control sequences (ECMA-48): cursor home, erase to the end of the screen.
const home, eraseBelow = "\x1b[H", "\x1b[J"

func (w *Watcher) show(fresh []Event) error {
	if w.Size == nil {
		return w.showPlain(fresh)
	}
	w.view.Width, w.view.Height = w.Size()
	if _, err := io.WriteString(w.Out, home+eraseBelow); err != nil {
		return err
	}
	return Render(w.Out, &w.view)
}

func (w *Watcher) showPlain(fresh []Event) error {
	for _, e := range fresh {
		if _, err := fmt.Fprintln(w.Out, eventLine(&e)); err != nil {
			return err
		}
	}
	s := &w.view.Snapshot
	line := fmt.Sprintf("%s  %s sessions open, %s started, %s ended%s", w.view.Now.Format(time.DateTime),
		number(s.Active), number(s.Started), number(s.Ended), totals(s))
	if w.view.Problem != "" {
		line += " (" + clean(w.view.Problem, 4*maxField) + ")"
	}
	_, err := fmt.Fprintln(w.Out, line)
	return err
}
