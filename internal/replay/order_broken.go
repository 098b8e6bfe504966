//go:build broken_order

package replay

import "time"

// compare lets files follow one another whatever their times: a deliberately broken build that the merge tests must find.
func compare(_, _ time.Time) int { return 0 }
