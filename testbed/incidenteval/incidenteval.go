// Package incidenteval groups recorded alerts with the incident connector, as it would group live ones.
package incidenteval

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/connector/incidentconnector"
)

// alertsFile is the recording in the folder of a set, or in its folder alerts.
const alertsFile = "alerts.logs.jsonl.gz"

// Run replays the alerts of a set and writes, for each, the incident it ended in.
func Run(ctx context.Context, data, out string, report io.Writer) error {
	path := filepath.Join(data, "alerts", alertsFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		path = filepath.Join(data, alertsFile)
	}
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	unzipped, err := gzip.NewReader(in)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	start := time.Now()
	taken := &grouping{incidents: map[string]string{}}
	records, err := replay(ctx, unzipped, taken)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintf(report, "%d alerts, %d of them in incidents, %d incidents, %d reports, %.1f s\n",
		records, len(taken.incidents), len(taken.told), taken.reports, time.Since(start).Seconds())
	return taken.write(out)
}

// replay feeds the lines of a recording to the connector.
func replay(ctx context.Context, lines io.Reader, next consumer.Logs) (records int, err error) {
	factory := incidentconnector.NewFactory()
	cfg := factory.CreateDefaultConfig().(*incidentconnector.Config)
	cfg.Clock = "replay"
	set := connector.Settings{ID: component.NewID(factory.Type()), TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	node, err := factory.CreateLogsToLogs(ctx, set, cfg, next)
	if err != nil {
		return 0, err
	}
	if err := node.Start(ctx, componenttest.NewNopHost()); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, node.Shutdown(context.WithoutCancel(ctx))) }()
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(make([]byte, 1<<20), 1<<26)
	var decoder plog.JSONUnmarshaler
	for scanner.Scan() && ctx.Err() == nil {
		ld, err := decoder.UnmarshalLogs(scanner.Bytes())
		if err != nil {
			return records, fmt.Errorf("line %d: %w", records+1, err)
		}
		records += ld.LogRecordCount()
		if err := node.ConsumeLogs(ctx, ld); err != nil {
			return records, err
		}
	}
	return records, errors.Join(scanner.Err(), ctx.Err())
}

// grouping is what the incidents' latest reports say of alerts.
type grouping struct {
	mu        sync.Mutex
	incidents map[string]string // of an alert
	alerts    map[string][]string
	told      map[string]string // likeliest service of an incident
	order     []string
	reports   int
}

// Capabilities promises to leave records as they are.
func (*grouping) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeLogs reads the connector's events: a later report of an incident replaces an earlier one.
func (g *grouping) ConsumeLogs(_ context.Context, ld plog.Logs) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				if r.EventName() == "braid.incident" {
					g.take(r)
				}
			}
		}
	}
	return nil
}

func (g *grouping) take(r plog.LogRecord) {
	if g.told == nil {
		g.told, g.alerts = map[string]string{}, map[string][]string{}
	}
	g.reports++
	v, _ := r.Attributes().Get("braid.incident.id")
	id := v.Str()
	if _, known := g.told[id]; !known {
		g.order = append(g.order, id)
	}
	g.told[id] = ""
	if s, ok := r.Attributes().Get("braid.incident.cause.service"); ok {
		g.told[id] = s.Str()
	}
	for _, alert := range g.alerts[id] {
		if g.incidents[alert] == id {
			delete(g.incidents, alert) // it may have moved on
		}
	}
	g.alerts[id] = g.alerts[id][:0]
	if list, ok := r.Attributes().Get("braid.incident.alert_ids"); ok {
		for _, a := range list.Slice().All() {
			g.incidents[a.Str()] = id
			g.alerts[id] = append(g.alerts[id], a.Str())
		}
	}
}

// write writes the lines that the scorer reads.
func (g *grouping) write(path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	defer func() { err = errors.Join(err, w.Flush(), f.Close()) }()
	lines := json.NewEncoder(w)
	for _, id := range g.order {
		for _, alert := range g.alerts[id] {
			if g.incidents[alert] != id {
				continue
			}
			if err := lines.Encode(map[string]string{"alert": alert, "incident": id}); err != nil {
				return err
			}
		}
		if service := g.told[id]; service != "" {
			line := map[string]any{"incident": id, "ranked": []map[string]string{{"service": service}}}
			if err := lines.Encode(line); err != nil {
				return err
			}
		}
	}
	return nil
}
