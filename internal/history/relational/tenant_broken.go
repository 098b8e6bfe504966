//go:build broken_tenant

package relational

import "github.com/braidotel/braid/internal/history"

// of asks for everybody's rows: a deliberately broken build that the suite of the stores must find.
//
// Caught by: ./internal/history/sqlite
func of(history.Tenant) *where {
	w := &where{}
	w.add("1 = 1")
	return w
}
