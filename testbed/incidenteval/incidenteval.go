// Package incidenteval groups recorded alerts with the incident connector, as it would group live ones.
package incidenteval

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/braidotel/braid/internal/replay"
)

// alertsFile is the recording in the folder of a set, or in its folder alerts.
const alertsFile = "alerts.logs.jsonl.gz"

// Options of a run. Truth and Members are read only when all alerts are grouped.
type Options struct {
	Breakdown bool   // say how faults fail to be alone in one incident, and what is possible
	Truth     string // faults; default truth.jsonl of the set
	Members   string // alert to fault; default members.jsonl.gz of the set
}

// Run replays the alerts of a set and writes, for each, the incident it ended in.
func Run(ctx context.Context, data, out string, options Options, report io.Writer) error {
	path := filepath.Join(data, "alerts", alertsFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		path = filepath.Join(data, alertsFile)
	}
	start := time.Now()
	taken := &Reports{}
	nodes, err := Connect(ctx, taken, nil)
	if err != nil {
		return err
	}
	alerts, err := nodes.Play(ctx, replay.Batches(ctx, []string{path}, replay.Options{}))
	if err := errors.Join(err, nodes.Stop(ctx)); err != nil {
		return err
	}
	g := newGrouping(taken.List())
	fmt.Fprintf(report, "%d alerts, %d of them in incidents, %d incidents, %d reports, %.1f s\n",
		alerts, len(g.incidents), len(g.order), len(taken.List()), time.Since(start).Seconds())
	if err := g.write(out); err != nil || !options.Breakdown {
		return err
	}
	folder := filepath.Dir(path)
	t, err := readTruth(cmp.Or(options.Truth, filepath.Join(folder, "truth.jsonl")), cmp.Or(options.Members, filepath.Join(folder, "members.jsonl.gz")))
	if err != nil {
		return err
	}
	t.breakdown(report, g.incidents)
	recorded, err := readAlerts(ctx, path)
	if err != nil {
		return err
	}
	newOracle(t, recorded).bounds(report, recorded, g.incidents)
	return nil
}

// grouping is what the incidents' latest reports say of alerts.
type grouping struct {
	incidents map[string]string  // of an alert
	latest    map[string]*Report // of an incident
	order     []string
}

// newGrouping reads reports in order: a later one of an incident replaces an earlier one.
func newGrouping(list []Report) *grouping {
	g := &grouping{incidents: map[string]string{}, latest: map[string]*Report{}}
	for i := range list {
		r := &list[i]
		if was, known := g.latest[r.ID]; known {
			for _, alert := range was.Alerts {
				if g.incidents[alert] == r.ID {
					delete(g.incidents, alert) // it may have moved on
				}
			}
		} else {
			g.order = append(g.order, r.ID)
		}
		g.latest[r.ID] = r
		for _, alert := range r.Alerts {
			g.incidents[alert] = r.ID
		}
	}
	return g
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
		last := g.latest[id]
		for _, alert := range last.Alerts {
			if g.incidents[alert] != id {
				continue
			}
			if err := lines.Encode(map[string]string{"alert": alert, "incident": id}); err != nil {
				return err
			}
		}
		if last.Service != "" {
			line := map[string]any{"incident": id, "ranked": []map[string]string{{"service": last.Service}}}
			if err := lines.Encode(line); err != nil {
				return err
			}
		}
	}
	return nil
}
