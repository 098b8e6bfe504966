package rcaeval

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/rca"
)

// event is one item of telemetry at its time.
type event struct {
	at     int64
	signal uint8
	index  int32
	of     *telemetry
}

// library loads each file once.
type library struct {
	loaded map[string]*telemetry
}

func (l *library) get(ctx context.Context, path string) (*telemetry, error) {
	if t, ok := l.loaded[path]; ok {
		return t, nil
	}
	t, err := load(ctx, path)
	if err != nil {
		return nil, err
	}
	l.loaded[path] = &t
	return &t, nil
}

// release lets go of a file that no other case needs.
func (l *library) release(path string) { delete(l.loaded, path) }

// merge puts telemetry within [from, to] in order of time.
func merge(all []*telemetry, from, to int64) []event {
	var events []event
	add := func(t time.Time, signal uint8, i int, of *telemetry) {
		if at := t.UnixNano(); at >= from && at <= to {
			events = append(events, event{at, signal, int32(i), of})
		}
	}
	for _, t := range all {
		for i := range t.Spans {
			add(t.Spans[i].End, 0, i, t)
		}
		for i := range t.Logs {
			add(t.Logs[i].Time, 1, i, t)
		}
		for i := range t.Points {
			add(t.Points[i].Time, 2, i, t)
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return events
}

// play feeds events to an engine and reports what it detects.
func play(e *rca.Engine, events []event, report func(rca.Detection)) {
	var next int64
	for _, x := range events {
		if x.at >= next {
			for _, d := range e.Advance(time.Unix(0, x.at)) {
				report(d)
			}
			next = x.at - x.at%int64(time.Second) + int64(time.Second)
		}
		switch x.signal {
		case 0:
			e.ObserveSpan(x.of.Spans[x.index])
		case 1:
			e.ObserveLog(x.of.Logs[x.index])
		default:
			e.ObservePoint(x.of.Points[x.index])
		}
	}
}
