package incidentconnector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/journal"
)

// Entries of the journal, by tenant and ID. The latest of each counts; an empty one says that it is over.
const (
	entryAlert    byte = 'a'
	entryIncident byte = 'i'
	entryChange   byte = 'c'
)

// stateFormat numbers the form of all that is stored: to be raised when builds before could not read it.
const stateFormat = 1

// changed is a deployment, a flag or a commit.
type changed struct {
	Deployment *change.Deployment `json:",omitempty"`
	Flag       *change.Flag       `json:",omitempty"`
	Commit     *change.Commit     `json:",omitempty"`
}

// ownedChange is a change and whose it is.
type ownedChange struct {
	tenant string
	changed
}

// tell tells a ledger of a change.
func (x *changed) tell(l *change.Ledger) {
	switch {
	case x.Deployment != nil:
		l.Deploy(*x.Deployment)
	case x.Flag != nil:
		l.Switch(*x.Flag)
	case x.Commit != nil:
		l.Commit(*x.Commit)
	}
}

// heldBy says whether a ledger still knows of a change.
func (x *changed) heldBy(l *change.Ledger) bool {
	switch {
	case x.Deployment != nil:
		return l.Holds(*x.Deployment)
	case x.Flag != nil:
		return l.Holds(*x.Flag)
	case x.Commit != nil:
		return l.Holds(*x.Commit)
	}
	return false
}

// id tells a change from others.
func (x *changed) id() string {
	sum := sha256.Sum256(encodeEntry(x))
	return hex.EncodeToString(sum[:8])
}

// secretKey holds a random secret over a restart: without it pseudonyms would change.
const secretKey = "secret"

// Segments of the journal are cleaned by so many at once.
const cleaned = 256

// openStorage opens the storage, if one is configured, and reads the state back.
func (c *core) openStorage(ctx context.Context, host component.Host) error {
	if c.cfg.Storage == nil {
		return nil
	}
	client, err := journal.OpenClient(ctx, host, *c.cfg.Storage, c.id, stateFormat)
	if err != nil {
		return err
	}
	c.client = client
	if err := c.recover(ctx); err != nil {
		return fmt.Errorf("storage: reading incidents back from %s: %w", c.cfg.Storage, err)
	}
	return nil
}

// recover reads the journal: alerts that were not settled are grouped again, incidents go on under their IDs.
func (c *core) recover(ctx context.Context) error {
	if c.cfg.Secret == "" {
		stored, err := c.client.Get(ctx, secretKey)
		if err != nil {
			return err
		}
		if len(stored) > 0 {
			c.secret = stored
		} else if err := c.client.Set(ctx, secretKey, c.secret); err != nil {
			return err
		}
	}
	kept := map[string]journal.Entry{}
	j, found, err := journal.Open(ctx, c.client, func(_ uint64, e journal.Entry) error {
		key := string(e.Kind) + string(e.Key)
		if len(e.Value) == 0 {
			delete(kept, key)
		} else {
			kept[key] = e
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	damaged := found.Damaged
	for _, e := range kept {
		if c.restore(e) != nil {
			damaged++
		}
	}
	unread, err := c.remember(ctx)
	if err != nil {
		return err
	}
	if damaged += unread; damaged > 0 {
		c.tel.ConnectorIncidentJournalDamaged.Add(ctx, int64(damaged))
		c.logger.Warn("parts of the stored incidents are damaged and were left out", zap.Int("parts", damaged))
	}
	c.journal = j
	return nil
}

// restore takes one entry up. The lock is held.
func (c *core) restore(e journal.Entry) error {
	name, _, _ := strings.Cut(string(e.Key), "\x00")
	b := &batch{core: c}
	t := b.tenant(name)
	if t == nil {
		return fmt.Errorf("more than %d tenants", c.cfg.Limits.Tenants)
	}
	t.touched = false
	switch e.Kind {
	case entryAlert:
		var a incident.Alert
		if err := json.Unmarshal(e.Value, &a); err != nil {
			return fmt.Errorf("reading an alert: %w", err)
		}
		t.seen.Add(a.ID, struct{}{})
		t.firing[a.ID] = a
		t.grouper.Add(a)
		t.clock.AdvanceTo(eventtime.Of(a.Time), a.Time)
	case entryIncident:
		var s incident.Saved
		if err := json.Unmarshal(e.Value, &s); err != nil {
			return fmt.Errorf("reading an incident: %w", err)
		}
		t.ledger.Restore(s)
	case entryChange:
		var x changed
		if err := json.Unmarshal(e.Value, &x); err != nil {
			return fmt.Errorf("reading a change: %w", err)
		}
		x.tell(t.changes)
	}
	return nil
}

// record writes what changed to the journal: new alerts, those that are settled, and the incidents told of. It reports
// whether there was anything. The lock is held.
func (c *core) record(b *batch, events []event) bool {
	if c.journal == nil {
		for _, t := range c.tenants {
			t.settled = t.settled[:0]
		}
		return false
	}
	changed := false
	write := func(kind byte, tenant, id string, v any) {
		changed = true
		var value []byte
		if v != nil {
			value = encodeEntry(v)
		}
		c.journal.Record(journal.Entry{Kind: kind, Key: []byte(tenant + "\x00" + id), Value: value})
	}
	for i := range b.alerts {
		write(entryAlert, b.alerts[i].tenant, b.alerts[i].alert.ID, &b.alerts[i].alert)
	}
	for i := range b.changes {
		write(entryChange, b.changes[i].tenant, b.changes[i].id(), &b.changes[i].changed)
	}
	for _, t := range c.tenants {
		for _, id := range t.settled {
			write(entryAlert, t.name, id, nil)
		}
		t.settled = t.settled[:0]
	}
	saved := map[string]map[string]incident.Saved{}
	for i := range events {
		e := &events[i]
		if e.incident == nil {
			continue
		}
		if saved[e.tenant] == nil {
			saved[e.tenant] = map[string]incident.Saved{}
			for _, s := range c.tenants[e.tenant].ledger.Save() {
				saved[e.tenant][s.Incident.ID] = s
			}
		}
		if s, ok := saved[e.tenant][e.incident.ID]; ok && e.incident.Open {
			write(entryIncident, e.tenant, e.incident.ID, &s)
		} else {
			write(entryIncident, e.tenant, e.incident.ID, nil)
		}
	}
	return changed
}

// encodeEntry encodes an alert or an incident; one whose evidence holds what JSON cannot say goes without it.
func encodeEntry(v any) []byte {
	value, err := json.Marshal(v)
	if s, ok := v.(*incident.Saved); ok && err != nil {
		bare := *s
		bare.Incident.Hypotheses = nil
		value, _ = json.Marshal(&bare)
	}
	return value
}

// compact drops old segments of the journal after writing again what of them is still so.
func (c *core) compact(ctx context.Context) {
	if c.journal == nil {
		return
	}
	next := c.journal.Next()
	if next < c.compacted+2*cleaned {
		return
	}
	before := next - cleaned
	if _, err := c.journal.Compact(ctx, before, c.keep); err != nil {
		c.logger.Warn("cleaning the journal of incidents", zap.Error(err))
		return
	}
	c.compacted = before
}

// keep writes an entry of an old segment again if it still holds.
func (c *core) keep(_ uint64, e journal.Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name, id, _ := strings.Cut(string(e.Key), "\x00")
	t := c.tenants[name]
	if t == nil || len(e.Value) == 0 {
		return
	}
	switch e.Kind {
	case entryAlert:
		if _, firing := t.firing[id]; firing {
			c.journal.Record(e)
		}
	case entryChange:
		var x changed
		if json.Unmarshal(e.Value, &x) == nil && x.heldBy(t.changes) {
			c.journal.Record(e)
		}
	case entryIncident:
		for _, s := range t.ledger.Save() {
			if s.Incident.ID == id && s.Incident.Open {
				c.journal.Record(journal.Entry{Kind: entryIncident, Key: e.Key, Value: encodeEntry(&s)})
			}
		}
	}
}
