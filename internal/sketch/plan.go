package sketch

import (
	"errors"
	"fmt"
)

// Tier is one width of tumbling bucket.
type Tier struct {
	// Ticks is the width. Buckets start at multiples of it, counted from tick 0.
	Ticks int64
	// Emit says whether closed buckets of this tier are handed out.
	Emit bool
	// Keep says whether closed buckets that are handed out are kept for the plan's Reach, so that what comes late makes
	// them leave again as a whole. Otherwise it leaves by itself, as a part.
	Keep bool
}

// Plan is what all series of one counter have in common.
type Plan struct {
	Span      int   // ticks of the sliding window
	Precision uint8 // of the sliding window's matrix, 13 or 14
	Tiers     []Tier
	// Reach is how many ticks after its end a bucket still takes what comes late; 0: what has closed stays closed.
	Reach int64
	// Every is how often in ticks buckets that took something late are handed out again; 0 is 1.
	Every int64
}

// Validate reports the first thing wrong with the plan.
func (p *Plan) Validate() error {
	if _, err := NewWindow(p.Span, p.Precision); err != nil {
		return err
	}
	below := int64(1)
	for i, t := range p.Tiers {
		if t.Ticks < below || t.Ticks%below != 0 || i > 0 && t.Ticks == below {
			return fmt.Errorf("tier %d of %d ticks: want a multiple of the %d below it", i, t.Ticks, below)
		}
		below = t.Ticks
	}
	return nil
}

// Bucket is a closed bucket: tier is its index in the plan, Start its first tick.
type Bucket struct {
	Tier   int
	Start  int64
	Sketch *Sketch
	// Revision counts how often the bucket left before. What has a higher one replaces what has a lower one.
	Revision uint32
	// Part says that Sketch holds only what came late: merged with what left before it is the whole.
	Part bool
	// Final says that nothing of the bucket is known to be outstanding; see Series.Settle.
	Final bool
}

// Arrival says what became of something that was to be counted.
type Arrival uint8

const (
	// OnTime counts in its tick and in everything above it.
	OnTime Arrival = iota
	// Late came after its tick had closed and counts in what was still open:
	// the window, or a wider bucket, or both.
	Late
	// Lost came after everything that covers it had closed.
	Lost
)

var errMisaligned = errors.New("bucket fits no tick and no tier of this plan")
