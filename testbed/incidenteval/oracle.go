package incidenteval

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/replay"
)

// readAlerts reads recorded alerts, ascending by time.
func readAlerts(ctx context.Context, path string) ([]incident.Alert, error) {
	var out []incident.Alert
	for b, err := range replay.Batches(ctx, []string{path}, replay.Options{}) {
		if err != nil {
			return nil, err
		}
		for _, rl := range b.Logs.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, lr := range sl.LogRecords().All() {
					out = append(out, alertOf(rl.Resource().Attributes(), lr))
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b incident.Alert) int { return a.Time.Compare(b.Time) })
	return out, nil
}

func alertOf(resource pcommon.Map, lr plog.LogRecord) incident.Alert {
	text := func(m pcommon.Map, name string) string {
		if v, ok := m.Get(name); ok {
			return v.AsString()
		}
		return ""
	}
	own := lr.Attributes()
	return incident.Alert{
		ID: text(own, "alert.id"), Time: lr.Timestamp().AsTime(), Scope: text(resource, "k8s.namespace.name"),
		Service: text(resource, "service.name"), Instance: text(resource, "service.instance.id"), Source: text(own, "alert.source"),
		Name: text(own, "alert.name"), Direction: text(own, "alert.direction"), Operation: text(own, "operation"), Client: text(own, "client.instance"),
	}
}

// oracle is the connector's model told when each fault's alerts began and ended, which leaves it to say which of several
// faults at a time an alert is of.
type oracle struct {
	*truth
	at   map[string]time.Time // of an alert
	span map[*fault]incident.Span
}

func newOracle(t *truth, alerts []incident.Alert) *oracle {
	o := &oracle{truth: t, at: map[string]time.Time{}, span: map[*fault]incident.Span{}}
	for i := range alerts {
		f := t.of[alerts[i].ID]
		if f == nil {
			continue
		}
		at := alerts[i].Time
		o.at[alerts[i].ID] = at
		s, ok := o.span[f]
		if !ok || at.Before(s.Start) {
			s.Start = at
		}
		if at.After(s.End) {
			s.End = at
		}
		o.span[f] = s
	}
	return o
}

// storms are the faults of one system that hang together in time, by begin.
func (o *oracle) storms() [][]*fault {
	list := slices.SortedFunc(slices.Values(o.faults), func(a, b *fault) int { return o.span[a].Start.Compare(o.span[b].Start) })
	var out [][]*fault
	open := map[string]int{}
	until := map[string]time.Time{}
	for _, f := range list {
		at, ok := open[f.System]
		if !ok || o.span[f].Start.After(until[f.System]) {
			at = len(out)
			open[f.System] = at
			out = append(out, nil)
		}
		out[at] = append(out[at], f)
		if end := o.span[f].End; end.After(until[f.System]) {
			until[f.System] = end
		}
	}
	return out
}

// share gives every alert to an incident, storm after storm, with a grouper that has seen passes of all of it before.
func (o *oracle) share(alerts []incident.Alert, passes int) map[string]string {
	byFault := map[*fault][]incident.Alert{}
	for i := range alerts {
		if f := o.of[alerts[i].ID]; f != nil {
			byFault[f] = append(byFault[f], alerts[i])
		}
	}
	g := incident.NewGrouper(incident.Options{})
	var put map[string]string
	for range passes + 1 {
		put = map[string]string{}
		for n, storm := range o.storms() {
			var all []incident.Alert
			var spans []incident.Span
			for _, f := range storm {
				all = append(all, byFault[f]...)
				spans = append(spans, o.span[f])
			}
			slices.SortStableFunc(all, func(a, b incident.Alert) int { return a.Time.Compare(b.Time) })
			for k, part := range g.Share(all, spans) {
				for i := range part {
					put[part[i].ID] = fmt.Sprint(n, "-", k)
				}
			}
		}
	}
	return put
}

// ambiguous are the alerts that fired while several faults of their system lasted.
func (o *oracle) ambiguous() map[string]bool {
	out := map[string]bool{}
	for _, f := range o.faults {
		for _, alert := range f.alerts {
			at := o.at[alert]
			if slices.ContainsFunc(f.overlap, func(g *fault) bool { return !at.Before(o.span[g].Start) && !at.After(o.span[g].End) }) {
				out[alert] = true
			}
		}
	}
	return out
}

// right is the part of some alerts that are in the incident that is mostly their fault's.
func (t *truth) right(some map[string]bool, put map[string]string) float64 {
	fates := t.fates(put)
	n := 0
	for alert := range some {
		if where(put, alert) == fates[t.of[alert]].main {
			n++
		}
	}
	return float64(n) / float64(max(len(some), 1))
}

// aims is the part of faults that shall be alone in one incident.
const aims = .75

// bounds prints how far knowing when every fault began and ended would get the model.
func (o *oracle) bounds(w io.Writer, alerts []incident.Alert, put map[string]string) {
	some := o.ambiguous()
	fmt.Fprintf(w, "alerts while several faults of their system last: %d, %.1f %% of them in the right incident\n", len(some), 100*o.right(some, put))
	for passes, name := range []string{"told when every fault began and ended", "and having seen all faults before"} {
		told := o.share(alerts, passes)
		fates, alone := o.fates(told), 0
		for _, x := range fates {
			if x.alone() {
				alone++
			}
		}
		fmt.Fprintf(w, "%s: alone %.1f %%, pairwise F1 %.3f, of those alerts right %.1f %%\n",
			name, 100*float64(alone)/float64(max(len(fates), 1)), o.pairwise(told), 100*o.right(some, told))
	}
	fmt.Fprintf(w, "for %.0f %% alone %.1f %% of those alerts must be right\n", 100*aims, 100*o.needed(some, aims))
}
