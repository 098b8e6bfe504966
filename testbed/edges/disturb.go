package edges

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// drainWithin is how long an edge may take to send what it kept while it was cut off. Longer fails nothing: the result says so.
const drainWithin = 2 * time.Minute

// disturb does what is due in the step that ends at a moment.
func (d *deployment) disturb(ctx context.Context, home map[string]int, at time.Duration) error {
	due := func(when time.Duration) bool { return when > at-step && when <= at }
	if d.o.CutFor > 0 && due(d.o.Cut) {
		if err := d.known(ctx, home); err != nil {
			return err
		}
		d.cutAt = time.Now()
		if err := d.cut(true); err != nil {
			return err
		}
	}
	if d.o.CutFor > 0 && due(d.o.Cut+d.o.CutFor) {
		if err := d.until(ctx, d.noticed); err != nil {
			return err
		}
		if err := d.mend(ctx); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(d.o.KillEdge, due) {
		d.killed++
		if err := d.edges[0].crash(ctx, func(context.Context) error { return nil }); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(d.o.KillCenter, due) {
		d.killed++
		return d.center.crash(ctx, d.way.centerDead)
	}
	return nil
}

// cut pulls the first edge's cable out, or plugs it in.
func (d *deployment) cut(cut bool) error {
	if d.o.LAN != nil {
		return d.edges[0].host.Cut(cut)
	}
	d.way.cut(edgeName(0), cut)
	return nil
}

// mend plugs the cable in again when it was out for long enough, and waits until what the edge kept has left it.
func (d *deployment) mend(ctx context.Context) error {
	select {
	case <-time.After(d.o.AwayFor - time.Since(d.cutAt)):
	case <-ctx.Done():
		return ctx.Err()
	}
	d.away = time.Since(d.cutAt)
	if err := d.cut(false); err != nil {
		return err
	}
	mended := time.Now()
	for time.Since(mended) < drainWithin {
		kept, err := d.edges[0].queued(ctx)
		if err != nil {
			return err
		}
		if kept == 0 {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	d.drained = time.Since(mended)
	return nil
}

// queued is how much waits in the member's queues, as its own metrics say.
func (m *member) queued(ctx context.Context) (size float64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.endpoints.Telemetry+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := m.client().Do(request)
	if err != nil {
		return 0, fmt.Errorf("reading an edge's metrics: %w", err)
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, "otelcol_exporter_queue_size{") {
			continue
		}
		n, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			return 0, fmt.Errorf("reading an edge's metrics: %q: %w", line, err)
		}
		size += n
	}
	return size, lines.Err()
}
