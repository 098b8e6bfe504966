package query

import (
	"context"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
)

// call is one service calling another.
type call struct {
	from, to string
	n        float64
	failed   float64
	latency  float64 // median, in milliseconds; NaN where it is not known
	store    bool    // to is a database
	trace    string  // one that went over it

	took        []float64 // of each kept trace
	worst       float64
	worstFailed bool
}

// tracesLooked is how many kept traces a map is drawn from where no metric tells who calls whom.
const tracesLooked = 40

// serviceMap says who calls whom.
func serviceMap(ctx context.Context, in *inquiry) error {
	calls, source, err := in.calls(ctx)
	if err != nil {
		return err
	}
	service, direction := in.q.Filters.Service, in.q.Args.Direction
	if service != "" {
		calls = slices.DeleteFunc(calls, func(c call) bool {
			return c.from != service && c.to != service || direction == "upstream" && c.to != service || direction == "downstream" && c.from != service
		})
	}
	if len(calls) == 0 && service == "" {
		return &missingError{what: "service_map", line: "service::pipelines::traces::exporters: [history]"}
	}
	unit := callUnit(source)
	if source == keptTraces {
		in.note("map.from_traces", nil)
	}
	names := map[string]bool{}
	t := answer.Table{Title: in.phrase("map.table"), Total: len(calls), Truncated: len(calls) > maxRows, Columns: []answer.Column{
		in.column("map.from", ""), in.column("map.to", ""), in.column("map.calls", unit), in.column("common.errors", unit)}}
	for i, c := range calls {
		names[c.from], names[c.to] = true, true
		if i < maxRows {
			t.Rows = append(t.Rows, []answer.Cell{called(c.from, ""), called(c.to, ""), in.cell(c.n, unit), in.cell(c.failed, unit)})
		}
	}
	in.answer.Tables = append(in.answer.Tables, t)
	if len(calls) > 0 {
		in.answer.Charts = append(in.answer.Charts, in.graph(calls, unit, nil))
	}
	win := window(in.q.Range)
	n := in.fact(answer.Fact{ID: "services", Name: in.phrase("map.services"), Value: float64(len(names)), Unit: "{service}", Window: win, Source: source})
	in.answer.Key = []string{n}
	switch {
	case service == "":
		in.headline("map.all", with{"n": n})
	case len(calls) == 0:
		in.headline("map.alone", with{"@who": service})
	default:
		in.headline("map.one_"+orBoth(direction), with{"@who": service, "@list": strings.Join(others(calls, service), ", ")})
	}
	for i, c := range calls[:min(len(calls), 6)] {
		id := in.fact(answer.Fact{ID: "call" + place(i), Name: c.from + " → " + c.to, Value: c.n, Unit: unit, Window: win, Source: source})
		in.find(answer.SeverityInfo, -float64(i), nil, "map.call", with{"@from": c.from, "@to": c.to, "n": id})
	}
	in.follow("top.follow_slow", "compare.follow_why")
	return nil
}

func orBoth(direction string) string {
	if direction == "upstream" || direction == "downstream" {
		return direction
	}
	return "both"
}

// others are the services at the other end of calls.
func others(calls []call, service string) []string {
	var out []string
	for _, c := range calls {
		other := c.from
		if other == service {
			other = c.to
		}
		if !slices.Contains(out, other) && len(out) < 5 {
			out = append(out, other)
		}
	}
	return out
}

// callsOf counts the traces in which one service called another.
func callsOf(traces []history.Trace) []call {
	at := map[[2]string]int{}
	var out []call
	for i := range traces {
		service := map[string]string{}
		for _, s := range traces[i].Spans {
			service[s.ID] = s.Service
		}
		seen := map[[2]string]bool{}
		for _, s := range traces[i].Spans {
			k := [2]string{service[s.Parent], s.Service}
			db := database(&s)
			if db != "" {
				k = [2]string{s.Service, db}
			}
			if k[0] == "" || k[1] == "" || k[0] == k[1] || seen[k] {
				continue
			}
			seen[k] = true
			j, ok := at[k]
			if !ok {
				j = len(out)
				at[k] = j
				out = append(out, call{from: k[0], to: k[1], store: db != ""})
			}
			out[j].n++
			out[j].witness(&traces[i], &s)
			if s.Failed {
				out[j].failed++
			}
		}
	}
	for i := range out {
		out[i].latency = medianOf(out[i].took)
	}
	sortCalls(out)
	return out
}

// database names what a span asks, where that is a database.
func database(s *history.Span) string {
	a := attributes(s.Attributes)
	system, name := a.text("db.system.name"), a.text("db.namespace")
	if system == "" {
		return ""
	}
	return strings.TrimSpace(system + " " + name)
}

func sortCalls(calls []call) {
	slices.SortStableFunc(calls, func(a, b call) int {
		if c := compareDesc(a.n, b.n); c != 0 {
			return c
		}
		return strings.Compare(a.from+a.to, b.from+b.to)
	})
}
