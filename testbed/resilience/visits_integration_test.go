//go:build integration

package resilience

import (
	"fmt"
	"time"
)

// The input: senders send in rounds, each its own sessions, a second of event time apart. Sessions differ in length and
// in how they end.
const (
	senders        = 4
	visitsAtOnce   = 6 // of one sender
	step           = time.Second
	idle           = 3 * time.Minute
	returnsAfter   = 5 * time.Minute // a visitor who comes back under the same session id
	shortestVisit  = 8               // rounds
	visitVariation = 23              // rounds
)

var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// visit is one session from its first page to its last.
type visit struct {
	id      string
	user    string
	cookie  string // empty: only the browser's spans tell whose trace it is
	from    int    // first round
	length  int    // in rounds
	logout  bool
	returns bool // once more under the same id, after the idle time
}

// visits returns a sender's visits whose first page is before the given round, in order. Nothing in it is random, so
// every run has the same.
func visits(sender, rounds int) []visit {
	var all []visit
	for slot := range visitsAtOnce {
		from := slot
		for n := 0; from < rounds; n++ {
			number := sender*1_000_000 + slot*10_000 + n
			v := visit{
				id:     fmt.Sprintf("visit-%08d", number),
				user:   fmt.Sprintf("user-%d", number%97),
				from:   from,
				length: shortestVisit + (number*7)%visitVariation,
				logout: number%3 == 0,
			}
			if number%4 != 1 {
				v.cookie = fmt.Sprintf("%032X", number)
			}
			v.returns = !v.logout && number%5 == 2
			all = append(all, v)
			if v.returns {
				again := v
				again.from, again.returns, again.logout = v.from+v.length+int(returnsAfter/step), false, true
				if again.from < rounds {
					all = append(all, again)
				}
			}
			from += v.length + 2
		}
	}
	return all
}
