package concurrencyprocessor

import "sync"

// debt is what closed up to a tick and has not yet reached every next consumer. Only when it has is the tick recorded as
// closed: after a crash before that, the journal closes it once more and it is sent again.
type debt struct {
	ledger *debts
	tenant string
	tick   int64
	open   int // parcels on their way, and the one who makes them
}

// debts are the unsettled ones, oldest first.
type debts struct {
	mu        sync.Mutex
	unsettled []*debt
	record    func(tenant string, tick int64)
}

// add opens a debt; nil without a journal, which every method takes.
func (d *debts) add(c *core, t *tenant, tick int64) *debt {
	if c.journal == nil {
		return nil
	}
	owed := &debt{ledger: d, tenant: t.name, tick: tick, open: 1}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.record = c.recordClosed
	d.unsettled = append(d.unsettled, owed)
	return owed
}

// share adds a parcel to the debt and returns what takes it off again; nil without a journal.
func (o *debt) share() func() {
	if o == nil {
		return nil
	}
	o.ledger.mu.Lock()
	defer o.ledger.mu.Unlock()
	o.open++
	return o.settle
}

// settle takes a parcel off the debt.
func (o *debt) settle() {
	if o == nil {
		return
	}
	d := o.ledger
	d.mu.Lock()
	defer d.mu.Unlock()
	o.open--
	for len(d.unsettled) > 0 && d.unsettled[0].open == 0 {
		d.record(d.unsettled[0].tenant, d.unsettled[0].tick)
		d.unsettled = d.unsettled[1:]
	}
}

func (d *debts) none() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.unsettled) == 0
}
