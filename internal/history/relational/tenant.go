//go:build !broken_tenant

package relational

import "github.com/braidotel/braid/internal/history"

// of begins with the tenant: no query goes without.
func of(tenant history.Tenant) *where {
	w := &where{}
	w.add("tenant = ?", text(string(tenant)))
	return w
}
