package identity

import "math/bits"

// keyTable finds the slots of attribute keys. Every attribute of every item is looked up and nearly none has a slot, so
// keys are hashed by their length and three of their letters only; the keys that have slots are known beforehand.
type keyTable struct {
	index []uint32 // into entries plus one, by hash, the next free place where that is taken; 0: none
	mask  uint
	sizes uint64 // bit n: some key is n bytes long, modulo 64
	known []keySlot
}

type keySlot struct {
	key  string
	slot int
}

// sparse is how many places of the index there are for each key, at least.
const sparse = 16

func newKeyTable(slots map[string]int) keyTable {
	size := uint(1) << bits.Len(uint(max(len(slots)*sparse, 512)))
	t := keyTable{index: make([]uint32, size), mask: size - 1}
	for key, slot := range slots {
		t.known = append(t.known, keySlot{key: key, slot: slot})
		t.sizes |= 1 << (len(key) & 63)
		at := t.hash(key)
		for t.index[at] != 0 {
			at = (at + 1) & t.mask
		}
		t.index[at] = uint32(len(t.known))
	}
	return t
}

func (t *keyTable) hash(key string) uint {
	n := len(key)
	if n == 0 {
		return 0
	}
	return (uint(n)*7 + uint(key[n-1])*31 + uint(key[n/2])*17 + uint(key[n/4])*5) & t.mask
}

// find returns the slot of a key, false if it has none.
func (t *keyTable) find(key string) (slot int, ok bool) {
	if t.sizes&(1<<(len(key)&63)) == 0 {
		return 0, false
	}
	for at := t.hash(key); t.index[at] != 0; at = (at + 1) & t.mask {
		if k := &t.known[t.index[at]-1]; k.key == key {
			return k.slot, true
		}
	}
	return 0, false
}
