//go:build broken_flush

package outlet

import "context"

// sendRest lets a node shut down with what the core owes to its pipeline: a deliberately broken build that the tests of
// Flush must find.
func (*Outlet[T]) sendRest(context.Context) {}
