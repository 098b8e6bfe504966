package query

import (
	"context"
	"math"
	"net/url"
	"slices"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
)

// operation is how one operation of one service stands.
type operation struct {
	service, name           string
	rate, errors, p95, self float64
	failed                  float64 // requests
	was                     float64 // p95 before
	rank                    float64
}

// defaultTop is how many are listed where the question says nothing.
const defaultTop = 10

// topTransactions ranks operations by how slow they are, how often they fail or how often they are asked for.
func topTransactions(ctx context.Context, in *inquiry) error {
	by := in.cut(measure.Service, measure.Operation)
	found := make([]*reading, 5)
	var statements, statementErrors *reading
	var slow history.Page[history.Trace]
	g, gctx := group(ctx)
	for i, id := range []string{"latency_p95", "error_rate", "throughput", "self_time", "errors"} {
		g.Go(func() (err error) { found[i], err = in.read(gctx, id, by, in.q.Range); return err })
	}
	sql := in.cut(measure.Service, measure.Statement)
	g.Go(func() (err error) { statements, err = in.read(gctx, "statement_p95", sql, in.q.Range); return err })
	g.Go(func() (err error) {
		statementErrors, err = in.read(gctx, "statement_errors", sql, in.q.Range)
		return err
	})
	g.Go(func() (err error) {
		slow, err = in.records.Traces(gctx, history.TraceQuery{
			Tenant: in.tenant, Window: history.Window{From: in.q.Range.Start, To: in.q.Range.End}, Service: in.q.Filters.Service,
			FailedOnly: in.q.Args.RankBy == "errors", Order: history.BySlowness, Limit: 5,
		})
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	ops := operations(found)
	if len(ops) == 0 {
		return lacking([]string{"latency_p95"})
	}
	rank := in.q.Args.RankBy
	for i := range ops {
		switch rank {
		case "errors":
			ops[i].rank = ops[i].failed
		case "throughput":
			ops[i].rank = ops[i].rate
		default:
			rank, ops[i].rank = "latency", ops[i].p95
		}
	}
	slices.SortStableFunc(ops, func(a, b operation) int { return compareDesc(orZero(a.rank), orZero(b.rank)) })
	in.topFacts(ops, rank)
	in.operationTable(ops, in.limited(defaultTop))
	in.statementTable(statements, statementErrors)
	for i := range slow.Items {
		t := &slow.Items[i]
		in.link(t.Service+" "+t.Operation+" "+wording.Figure(t.Duration.Seconds(), "s", in.lang), "/traces/"+url.PathEscape(t.ID))
	}
	in.follow("cause.follow_deploy", "compare.follow_why")
	return nil
}

func (in *inquiry) limited(otherwise int) int {
	if in.q.Args.Limit > 0 {
		return min(in.q.Args.Limit, 100)
	}
	return otherwise
}

// operations joins readings by service and operation.
func operations(found []*reading) []operation {
	type key struct{ service, name string }
	at := map[key]int{}
	var out []operation
	for i, r := range found {
		for _, x := range r.rowsOr() {
			k := key{x.names[0], x.names[1]}
			if k.name == "" {
				continue
			}
			j, ok := at[k]
			if !ok {
				j = len(out)
				at[k] = j
				out = append(out, operation{service: k.service, name: k.name, rate: math.NaN(), errors: math.NaN(), p95: math.NaN(), self: math.NaN(), was: math.NaN(), failed: math.NaN()})
			}
			*[]*float64{&out[j].p95, &out[j].errors, &out[j].rate, &out[j].self, &out[j].failed}[i] = x.value
		}
	}
	return out
}

func (in *inquiry) topFacts(ops []operation, rank string) {
	set := in.set()
	for i := range ops[:min(len(ops), 3)] {
		o := &ops[i]
		value, unit := o.p95, "ms"
		switch rank {
		case "errors":
			value, unit = o.failed, "{failure}"
		case "throughput":
			value, unit = o.rate, "{request}/s"
		}
		who := o.service + " " + o.name
		id := in.fact(answer.Fact{ID: "top" + place(i), Name: in.text("common.of", with{"@who": who, "@what": in.phrase("top.by_" + rank)}), Value: value, Unit: unit, Window: window(in.q.Range), Source: "transactions", Among: set})
		in.answer.Key = append(in.answer.Key, id)
		if i == 0 {
			key := "top.headline_" + rank
			if rank == "errors" && orZero(o.failed) == 0 {
				key = "top.no_errors"
			}
			in.headline(key, with{"@who": who, "now": id})
		} else if orZero(value) > 0 {
			in.find(answer.SeverityInfo, 1-float64(i)/10, nil, "top.next", with{"@who": who, "now": id})
		}
	}
}

func (in *inquiry) operationTable(ops []operation, limit int) {
	t := answer.Table{Title: in.phrase("top.table"), Total: len(ops), Truncated: len(ops) > limit, Columns: []answer.Column{
		in.column("common.service", ""), in.column("common.operation", ""), in.column("p95", "ms"), in.column("common.errors", "%"),
		in.column("top.rate", "{request}/s"), in.column("top.self", "s"),
	}}
	for _, o := range ops[:min(len(ops), limit)] {
		t.Rows = append(t.Rows, []answer.Cell{called(o.service, ""), called(o.name, ""), in.cell(o.p95, "ms"), in.cell(o.errors, "%"), in.cell(o.rate, "{request}/s"), in.cell(o.self, "s")})
	}
	in.answer.Tables = append(in.answer.Tables, t)
}

// statementTable lists the slowest SQL statements.
func (in *inquiry) statementTable(p95, errors *reading) {
	if p95.empty() {
		return
	}
	rows := slices.Clone(p95.rows)
	slices.SortStableFunc(rows, func(a, b row) int { return compareDesc(a.value, b.value) })
	t := answer.Table{Title: in.phrase("top.statements"), Total: len(rows), Truncated: len(rows) > defaultTop, Columns: []answer.Column{
		in.column("common.service", ""), in.column("top.statement", ""), in.column("p95", "ms"), in.column("common.errors", "%"),
	}}
	for _, r := range rows[:min(len(rows), defaultTop)] {
		failed := math.NaN()
		for _, e := range errors.rowsOr() {
			if slices.Equal(e.names, r.names) {
				failed = e.value
			}
		}
		t.Rows = append(t.Rows, []answer.Cell{called(r.names[0], ""), {Text: long(r.names[1])}, in.cell(r.value, "ms"), in.cell(failed, "%")})
	}
	in.answer.Tables = append(in.answer.Tables, t)
}
