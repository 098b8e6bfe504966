package sessioncorrelationprocessor

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/journal"
)

// maxSaleKeys bounds the series of business events of one tenant; further ones share the last.
const maxSaleKeys = 10_000

// saleKey names a series of business events.
type saleKey struct {
	event             string
	service, region   string
	currency, outcome string
}

type saleTotal struct {
	count   int64
	value   float64
	valued  bool              // the kind of event has an amount
	since   eventtime.Instant // when it was last told that there was none; 0 where that is not known
	segment uint64            // of the journal, where the total is
}

// sell counts a business event, once for each item.
func (c *core) sell(t *tenant, b *batch, s *sale) {
	if !t.table.First(&b.items[s.item], byte(s.rule)) {
		return
	}
	rule := &c.plan.business[s.rule]
	place := b.resources[b.stamps[s.item].resource].place
	key := saleKey{event: rule.name, service: place.Service, region: place.Region, currency: s.currency, outcome: "success"}
	if s.failed {
		key.outcome = "failure"
	}
	total := t.sales[key]
	if total == nil {
		if len(t.sales) >= maxSaleKeys {
			key.service, key.region, key.currency = "other", "", ""
		}
		key.service, key.region = strings.Clone(key.service), strings.Clone(key.region)
		key.currency = strings.Clone(key.currency)
		if total = t.sales[key]; total == nil {
			total = &saleTotal{valued: rule.value >= 0, since: t.emitted}
			t.sales[key] = total
		}
	}
	total.count++
	total.value += s.value
	c.recordSale(t, key, total)
}

func (c *core) recordSale(t *tenant, key saleKey, total *saleTotal) {
	if c.store != nil {
		total.segment = c.store.group.Record(journal.Entry{
			Kind: entrySale, Key: joinKey(t.name, encodeSaleKey(key)), Value: encodeSale(total),
		})
	}
}

func (c *core) restoreSale(e *stored) error {
	name, raw, err := splitKey(e.entry.Key)
	if err != nil {
		return err
	}
	key, err := decodeSaleKey(raw)
	if err != nil {
		return err
	}
	total, err := decodeSale(e.entry.Value)
	if err != nil {
		return err
	}
	total.segment = e.segment
	c.tenant(name).sales[key] = total
	return nil
}

func (c *core) keepSale(segment uint64, e journal.Entry) {
	name, raw, err := splitKey(e.Key)
	if err != nil {
		return
	}
	key, err := decodeSaleKey(raw)
	if err != nil {
		return
	}
	if t := c.tenants[name]; t != nil && t.sales[key] != nil && t.sales[key].segment == segment {
		c.recordSale(t, key, t.sales[key])
	}
}

func encodeSaleKey(key saleKey) []byte {
	var b []byte
	for _, part := range []string{key.event, key.service, key.region, key.currency, key.outcome} {
		b = append(b, joinKey(part, nil)...)
	}
	return b
}

func decodeSaleKey(b []byte) (key saleKey, err error) {
	for _, part := range []*string{&key.event, &key.service, &key.region, &key.currency, &key.outcome} {
		if *part, b, err = splitKey(b); err != nil {
			return saleKey{}, fmt.Errorf("business event: %w", err)
		}
	}
	return key, nil
}

func encodeSale(total *saleTotal) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(total.count))
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(total.value))
	if total.valued {
		return append(b, 1)
	}
	return append(b, 0)
}

func decodeSale(b []byte) (*saleTotal, error) {
	if len(b) != 17 {
		return nil, fmt.Errorf("business event: %d bytes of totals, not 17", len(b))
	}
	return &saleTotal{
		count:  int64(binary.BigEndian.Uint64(b)),
		value:  math.Float64frombits(binary.BigEndian.Uint64(b[8:])),
		valued: b[16] == 1,
	}, nil
}
