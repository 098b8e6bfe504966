package incident

import (
	"cmp"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/braidotel/braid/internal/sketch"
)

// carts is what sessions and users have in their carts: the least recently seen goes first.
type carts struct {
	held *simplelru.LRU[uint64, cart]
}

type cart struct {
	value float64 // 0: not said
	text  string
}

func newCarts(limit int) *carts {
	held, _ := simplelru.NewLRU[uint64, cart](max(1, limit), nil) // fails on a size below 1 only
	return &carts{held: held}
}

// carry notes what is in the cart of those named. What is not said stays as it was.
func (c *carts) carry(h *sketch.Hasher, who [2]string, value float64, text string) {
	for _, name := range who {
		if name == "" {
			continue
		}
		id := h.SumString(name)
		was, _ := c.held.Peek(id)
		c.held.Add(id, cart{cmp.Or(value, was.value), cmp.Or(text, was.text)})
	}
}

// of is the cart of the first of those named who has one.
func (c *carts) of(h *sketch.Hasher, who [2]string) cart {
	for _, name := range who {
		if name == "" {
			continue
		}
		if found, ok := c.held.Get(h.SumString(name)); ok {
			return found
		}
	}
	return cart{}
}

// empty forgets the carts of those named: they bought what was in them.
func (c *carts) empty(h *sketch.Hasher, who [2]string) {
	for _, name := range who {
		if name != "" {
			c.held.Remove(h.SumString(name))
		}
	}
}

func (c *carts) save() []CartMemory {
	out := make([]CartMemory, 0, c.held.Len())
	for _, id := range c.held.Keys() {
		held, _ := c.held.Peek(id)
		out = append(out, CartMemory{id, held.value, held.text})
	}
	return out
}

func (c *carts) restore(list []CartMemory) {
	for _, m := range list {
		c.held.Add(m.Who, cart{m.Value, m.Text})
	}
}
