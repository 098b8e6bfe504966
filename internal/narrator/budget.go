package narrator

import (
	"sync"
	"time"
)

// Budget bounds what calls may cost in an hour.
type Budget struct {
	// Calls and Cost are the most in an hour; 0 for no bound.
	Calls int
	Cost  float64

	mu    sync.Mutex
	hour  time.Time
	calls int
	cost  float64
}

// take counts a call, or tells that the hour's budget is spent: of a model without a price only the number of calls counts.
func (b *Budget) take(now time.Time, free bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if hour := now.Truncate(time.Hour); !hour.Equal(b.hour) {
		b.hour, b.calls, b.cost = hour, 0, 0
	}
	if b.Calls > 0 && b.calls >= b.Calls || !free && b.Cost > 0 && b.cost >= b.Cost {
		return false
	}
	b.calls++
	return true
}

// spend adds what a call cost.
func (b *Budget) spend(cost float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cost += cost
}
