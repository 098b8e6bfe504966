//go:build !broken_flush

package outlet

import "context"

// sendRest sends what is left at the end, within ctx and LastChance.
func (o *Outlet[T]) sendRest(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, o.options.LastChance)
	defer cancel()
	for o.sendNext(ctx) {
	}
}
