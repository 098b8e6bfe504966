//go:build !broken_order

package replay

import "time"

// compare says which of two lines comes first.
func compare(a, b time.Time) int { return a.Compare(b) }
