package rca

import (
	"hash/maphash"

	"github.com/braidotel/braid/internal/slru"
)

// keyed is what a table holds: it knows its own key.
type keyed[K comparable] interface{ is(k K) bool }

// table is a bounded table of what has a key of several words; names seen once make no room for themselves at the cost of those
// that come again. It finds rows by the hash of the key: the key itself is held once, by
// the row. Where names come and go Go's maps grow to twice what they hold and never shrink, so the less a slot takes the
// better. Of two keys with one hash, which in 20,000 happens once in 10¹¹ times, the later takes the place of the earlier.
type table[K comparable, V keyed[K]] struct {
	seed maphash.Seed
	rows *slru.Cache[uint64, V]
}

// newTable returns an empty table of at most so many rows, at least one, that counts the rows it gives up.
func newTable[K comparable, V keyed[K]](most int, evicted *uint64) *table[K, V] {
	return &table[K, V]{seed: maphash.MakeSeed(), rows: slru.New(most, func(uint64, V) { *evicted++ })}
}

// get finds a row, which is then the one most recently used, and says whether it is known to come again.
func (t *table[K, V]) get(k K) (v V, regular, ok bool) {
	if v, regular, ok = t.rows.Get(maphash.Comparable(t.seed, k)); ok && v.is(k) {
		return v, regular, true
	}
	return *new(V), false, false
}

// peek finds a row and leaves the order as it is.
func (t *table[K, V]) peek(k K) (v V, ok bool) {
	if v, ok = t.rows.Peek(maphash.Comparable(t.seed, k)); ok && v.is(k) {
		return v, true
	}
	return *new(V), false
}

// add enters a row. A full table gives up another for it.
func (t *table[K, V]) add(k K, v V) { t.rows.Add(maphash.Comparable(t.seed, k), v) }

// regular notes that a row came again.
func (t *table[K, V]) regular(k K) { t.rows.Promote(maphash.Comparable(t.seed, k)) }

// all are the rows: those seen once, then the others, each the least recently used one first.
func (t *table[K, V]) all() []V { return t.rows.Values() }

// len counts the rows.
func (t *table[K, V]) len() int { return t.rows.Len() }
