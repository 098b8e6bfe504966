package rca

import (
	"hash/maphash"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// keyed is what a table holds: it knows its own key.
type keyed[K comparable] interface{ is(k K) bool }

// table is an LRU of what has a key of several words. It finds rows by the hash of the key: the key itself is held once, by
// the row. Where names come and go Go's maps grow to twice what they hold and never shrink, so the less a slot takes the
// better. Of two keys with one hash, which in 20,000 happens once in 10¹¹ times, the later takes the place of the earlier.
type table[K comparable, V keyed[K]] struct {
	seed maphash.Seed
	rows *simplelru.LRU[uint64, V]
}

// newTable returns an empty table of at most so many rows, at least one, that counts the rows it gives up.
func newTable[K comparable, V keyed[K]](most int, evicted *uint64) *table[K, V] {
	t := &table[K, V]{seed: maphash.MakeSeed()}
	t.rows, _ = simplelru.NewLRU(max(most, 1), func(uint64, V) { *evicted++ }) // fails on a size below 1 only
	return t
}

// get finds a row, which is then the one most recently used.
func (t *table[K, V]) get(k K) (v V, ok bool) {
	if v, ok = t.rows.Get(maphash.Comparable(t.seed, k)); ok && v.is(k) {
		return v, true
	}
	return *new(V), false
}

// peek finds a row and leaves the order as it is.
func (t *table[K, V]) peek(k K) (v V, ok bool) {
	if v, ok = t.rows.Peek(maphash.Comparable(t.seed, k)); ok && v.is(k) {
		return v, true
	}
	return *new(V), false
}

// add enters a row. A full table gives up the least recently used one.
func (t *table[K, V]) add(k K, v V) { t.rows.Add(maphash.Comparable(t.seed, k), v) }

// all are the rows, the least recently used one first.
func (t *table[K, V]) all() []V { return t.rows.Values() }

// len counts the rows.
func (t *table[K, V]) len() int { return t.rows.Len() }
