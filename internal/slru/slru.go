// Package slru is a bounded table that names which never end cannot empty of those that come again and again: a segmented LRU
// (Karedla, Love and Wherry, Caching Strategies to Improve Disk System Performance, IEEE Computer 1994). What is new stays
// among the newcomers until it is promoted, and a full table gives up newcomers first, as long as they take more than a
// quarter of it. So a scan washes through that quarter.
//
// The lists are golang-lru's. Its TwoQueueCache promotes with the second look, remembers the keys that it gave up, and does not
// say what it gives up; here the owner decides what came again, and has to let go of what goes.
package slru

import "github.com/hashicorp/golang-lru/v2/simplelru"

// newcomersShare is the part of a full table that newcomers may take: one in so many.
const newcomersShare = 4

// Cache is a bounded table. It is not safe for concurrent use.
type Cache[K comparable, V any] struct {
	size                int
	newcomers, regulars *simplelru.LRU[K, V]
	evicted             func(K, V)
}

// New returns an empty table of at most so many entries, at least one. What is given up for room is told to evicted, unless
// that is nil.
func New[K comparable, V any](size int, evicted func(K, V)) *Cache[K, V] {
	c := &Cache[K, V]{size: max(size, 1), evicted: evicted}
	// These fail on a size below 1 only. Each may hold all there is, and one more for the moment of adding.
	c.newcomers, _ = simplelru.NewLRU[K, V](c.size+1, nil)
	c.regulars, _ = simplelru.NewLRU[K, V](c.size+1, nil)
	return c
}

// Get finds an entry, which is then the one of its segment used last, and says whether it is a regular.
func (c *Cache[K, V]) Get(k K) (v V, regular, ok bool) {
	if v, ok = c.regulars.Get(k); ok {
		return v, true, true
	}
	v, ok = c.newcomers.Get(k)
	return v, false, ok
}

// Peek finds an entry and changes nothing.
func (c *Cache[K, V]) Peek(k K) (v V, ok bool) {
	if v, ok = c.regulars.Peek(k); ok {
		return v, true
	}
	return c.newcomers.Peek(k)
}

// Add enters a newcomer, or gives an entry another value.
func (c *Cache[K, V]) Add(k K, v V) {
	if c.regulars.Contains(k) {
		c.regulars.Add(k, v)
		return
	}
	c.newcomers.Add(k, v)
	if fits(c.Len(), c.size) {
		return
	}
	from := c.regulars
	if c.newcomers.Len() > max(c.size/newcomersShare, 1) || from.Len() == 0 {
		from = c.newcomers
	}
	if k, v, ok := from.RemoveOldest(); ok && c.evicted != nil {
		c.evicted(k, v)
	}
}

// Promote makes a regular of an entry.
func (c *Cache[K, V]) Promote(k K) {
	if v, ok := c.newcomers.Peek(k); ok {
		c.newcomers.Remove(k)
		c.regulars.Add(k, v)
	}
}

// Len counts the entries.
func (c *Cache[K, V]) Len() int { return c.newcomers.Len() + c.regulars.Len() }

// Newcomers are the values of entries that were not promoted, from the one that was used least recently on.
func (c *Cache[K, V]) Newcomers() []V { return c.newcomers.Values() }

// Values are the entries' values: newcomers, then regulars, each from the one that was used least recently on.
func (c *Cache[K, V]) Values() []V { return append(c.newcomers.Values(), c.regulars.Values()...) }

// Regulars are the values of entries that were promoted, from the one that was used least recently on.
func (c *Cache[K, V]) Regulars() []V { return c.regulars.Values() }
