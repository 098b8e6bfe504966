package session

import (
	"fmt"

	"github.com/braidotel/braid/internal/eventtime"
)

func (t *Table) encodeTrace(tr *trace) []byte {
	e := encoder{b: make([]byte, 0, 128)}
	e.raw(tr.root[:])
	serial := uint64(0)
	if s := tr.session.current(); s != nil {
		serial = s.serial
	}
	e.uint(serial)
	e.text(tr.user)
	e.text(tr.client)
	e.instant(tr.clientAt)
	e.instant(tr.start)
	e.instant(tr.touched)
	e.flags(tr.explicit, tr.serverSeen, tr.rootServer, tr.settled, tr.outermost)
	e.uint(uint64(tr.login))
	e.uint(uint64(len(tr.tokens)))
	for _, tk := range tr.tokens {
		e.hash(tk.hash)
		e.flags(tk.issued)
		e.text(tk.id)
		since := eventtime.Instant(0)
		if w := t.waiting[tk.hash]; w != nil {
			since = w.since
		}
		e.instant(since)
	}
	t.encodeActivity(&e, tr.pending)
	return e.b
}

// encodeActivity appends what a trace has shown before its session is known; nil is a zero flag.
func (t *Table) encodeActivity(e *encoder, a *activity) {
	e.flags(a != nil, a != nil && a.request, a != nil && a.failed)
	if a == nil {
		return
	}
	for _, at := range []eventtime.Instant{a.first, a.last, a.entryAt, a.exitAt, a.logout} {
		e.instant(at)
	}
	e.text(t.pages.values[a.entryPage])
	e.text(t.pages.values[a.exitPage])
	e.uint(uint64(len(a.places) + 1))
	for _, p := range append([]Place{a.place}, a.places...) {
		t.encodePlace(e, p)
	}
}

func (t *Table) decodeActivity(d *decoder) *activity {
	var a activity
	var some bool
	d.flags(&some, &a.request, &a.failed)
	if !some {
		return nil
	}
	for _, at := range []*eventtime.Instant{&a.first, &a.last, &a.entryAt, &a.exitAt, &a.logout} {
		*at = d.instant()
	}
	a.entryPage, a.exitPage = t.pages.number(d.text()), t.pages.number(d.text())
	for i := range d.count(maxPlacesPerSession + 1) {
		p := t.decodePlace(d)
		if i == 0 {
			a.place = p
		} else {
			a.places = append(a.places, p)
		}
	}
	return &a
}

func (t *Table) encodePlace(e *encoder, p Place) {
	key := t.places.values[p]
	e.text(key.Service)
	e.text(key.Host)
	e.text(key.Pod)
	e.text(key.Region)
}

func (t *Table) decodePlace(d *decoder) Place {
	return t.places.number(PlaceKey{Service: d.text(), Host: d.text(), Pod: d.text(), Region: d.text()})
}

func (t *Table) restoreTrace(segment uint64, key, value []byte) error {
	if len(key) != len(TraceID{}) {
		return fmt.Errorf("trace: %w", errTorn)
	}
	d := decoder{b: value}
	tr := &trace{id: TraceID(key), segment: segment}
	copy(tr.root[:], d.raw(len(tr.root)))
	serial := d.uint()
	tr.user, tr.client = d.text(), d.text()
	tr.clientAt, tr.start, tr.touched = d.instant(), d.instant(), d.instant()
	d.flags(&tr.explicit, &tr.serverSeen, &tr.rootServer, &tr.settled, &tr.outermost)
	tr.login = Act(d.uint())
	var waiting []eventtime.Instant
	for range d.count(maxTokensPerTrace) {
		tk := token{hash: d.hash()}
		d.flags(&tk.issued)
		tk.id = d.text()
		tr.tokens = append(tr.tokens, tk)
		waiting = append(waiting, d.instant())
	}
	tr.pending = t.decodeActivity(&d)
	if d.err != nil || t.traces[tr.id] != nil {
		return fmt.Errorf("trace: %w", errTorn)
	}
	tr.session = t.serials[serial]
	if tr.login != 0 && tr.login&actChecked == 0 {
		t.checks.add(check{trace: tr}, t.clock.Head().Add(t.patience()))
	}
	t.traces[tr.id] = tr
	t.traceLRU.touch(tr)
	for i, tk := range tr.tokens {
		if tr.session == nil {
			w := t.waiter(tk.hash)
			w.addTrace(tr)
			if waiting[i] > 0 {
				w.since = min(w.since, waiting[i])
			}
		}
	}
	return nil
}
