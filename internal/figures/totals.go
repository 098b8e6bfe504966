package figures

import "time"

// Totals are the figures of a span of time.
type Totals struct {
	// Peaks are the greatest, with the beginning of the slot they are of; Sums are sums.
	Peaks map[string]Peak
	Sums  map[string]float64
	// Covered is how much of the span there are figures of.
	Covered time.Duration
}

// Peak is the greatest of a figure.
type Peak struct {
	Value float64
	At    time.Time
}

// Over gives the figures of a tenant in [from, to), by whole slots.
func (t *Table) Over(tenant string, from, to time.Time) Totals {
	out := Totals{Peaks: map[string]Peak{}, Sums: map[string]float64{}}
	of := t.tenants[tenant]
	if of == nil {
		return out
	}
	for n := number(from); n < number(to); n++ {
		s := of.slots[n]
		if s == nil {
			continue
		}
		out.Covered += Slot
		for name, v := range s.Peaks {
			if old, ok := out.Peaks[name]; !ok || v > old.Value {
				out.Peaks[name] = Peak{v, time.Unix(0, n*int64(Slot)).UTC()}
			}
		}
		for name, v := range s.Sums {
			out.Sums[name] += v
		}
	}
	return out
}
