package query

import (
	"context"
	"strconv"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
)

// incidentCustomers are the customers that an incident hit hardest, a line each: "pseudonym: 2 failed, 177320, cart …".
const incidentCustomers = "braid.incident.customers"

// readCustomers is what the audit log calls looking at whom an incident hit.
const readCustomers = "incident.customers.read"

// customers lists whom an incident hit, once it is written down who looks at them. Where that cannot be written down, the
// incident is told without them: in the middle of trouble it must be.
func (in *inquiry) customers(ctx context.Context, e *history.Event) {
	a := attributes(e.Attributes)
	currency := a.text(incidentCurrency)
	if currency == "" {
		currency = in.engine.options.Currency
	}
	t := answer.Table{Title: in.phrase("incident.customers"), Columns: []answer.Column{
		in.column("incident.customer", ""), in.column("common.errors", "{failure}"), in.column("incident.worth", currency),
	}}
	for _, line := range a.list(incidentCustomers) {
		if who, failed, worth, ok := customer(line); ok && len(t.Rows) < maxRows {
			t.Rows = append(t.Rows, []answer.Cell{called(who, ""), in.cell(failed, "{failure}"), in.cell(worth, currency)})
		}
	}
	if len(t.Rows) == 0 {
		return
	}
	if err := in.engine.saw(ctx, in.caller, readCustomers, e.ID); err != nil {
		in.note("incident.customers_unlogged", nil)
		return
	}
	in.answer.Tables = append(in.answer.Tables, t)
}

// customer reads a line of an incident's customers; false of any other.
func customer(line string) (who string, failed, worth float64, ok bool) {
	who, rest, _ := strings.Cut(line, ": ")
	count, rest, _ := strings.Cut(rest, " failed, ")
	amount, _, _ := strings.Cut(rest, ", ")
	failed, errF := strconv.ParseFloat(count, 64)
	worth, errW := strconv.ParseFloat(amount, 64)
	return who, failed, worth, who != "" && errF == nil && errW == nil
}
