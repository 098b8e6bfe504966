package sessioncorrelationprocessor

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/braidotel/braid/internal/session"
)

// store keeps the core's state over a restart.
type store struct{}

func (*store) ready(context.Context) error { return nil }

func (c *core) openStore(context.Context, component.Host) error {
	return errors.New("storage: not yet")
}
func (c *core) closeStore(context.Context) error          { return nil }
func (c *core) record()                                   {}
func (c *core) sync(context.Context) error                { return nil }
func (c *core) maintain(context.Context, time.Time)       {}
func (c *core) resume(node)                               {}
func (c *core) deliveredHeld([]uint64)                    {}
func (c *core) ticketOf(*session.Release) uint64          { return 0 }
func (c *core) rememberSale(*tenant, saleKey, *saleTotal) {}
func (c *core) forgetHeld(*session.Held)                  {}
func (c *core) rememberHeld(*tenant, *session.Held, *session.Item, group) {
}
