package sketch

const (
	// WindowExactLimit is how many live identities a Window counts exactly.
	WindowExactLimit = 10240
	// maxSlots bounds a table: at 3/4 full it leaves 2,048 slots for entries
	// that have left the window, so that churn at the limit rebuilds seldom.
	maxSlots = 16384
)

// table maps a hash to the tick it was last seen in: open addressing, linear
// probing, 9 bytes a slot, at most 3/4 full. Entries that left the window stay
// until the sweep or a rebuild removes them.
type table struct {
	ring   *ring
	hashes []uint64
	stamps []uint8 // 0 marks an empty slot
	used   int     // slots taken, by live and by departed entries
	live   int
	hist   [ringSize + 1]uint16 // entries by stamp
	cursor int                  // where the sweep goes on
}

func newTable(r *ring) *table {
	t := &table{ring: r}
	t.allocate(minSlots)
	return t
}

func (t *table) allocate(size int) {
	t.hashes, t.stamps = make([]uint64, size), make([]uint8, size)
	t.used, t.live, t.cursor = 0, 0, 0
	clear(t.hist[:])
}

// observe stamps hash; stamp is inside the window. It returns false, having done
// nothing, when one more live identity would exceed WindowExactLimit.
func (t *table) observe(hash uint64, stamp uint8) bool {
	hashes, mask := t.hashes, uint64(len(t.hashes)-1)
	past := near(hash, hashes[hash&mask], hashes[(hash+1)&mask], hashes[(hash+2)&mask])
	if past == 3 {
		return t.observeFar(hash, stamp)
	}
	i := (hash + past) & mask
	switch old := t.stamps[i]; old {
	case stamp:
	case 0: // what somebody removed has left; he may be in further on
		return t.observeFar(hash, stamp)
	default:
		t.restamp(i, old, stamp)
	}
	return true
}

func (t *table) observeFar(hash uint64, stamp uint8) bool {
	mask := uint64(len(t.stamps) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		old := t.stamps[i]
		if old == 0 {
			return t.insert(i, hash, stamp)
		}
		if t.hashes[i] == hash {
			t.restamp(i, old, stamp)
			return true
		}
	}
}

func (t *table) restamp(i uint64, old, stamp uint8) {
	if stamp == old || stamp != t.ring.cur && t.ring.age(stamp) >= t.ring.age(old) {
		return // it was seen then already, or again since
	}
	t.live += int(t.ring.gone[old]) // it may have left and come back
	t.hist[old]--
	t.hist[stamp]++
	t.stamps[i] = stamp
}

func (t *table) insert(i, hash uint64, stamp uint8) bool {
	if t.live >= WindowExactLimit {
		return false
	}
	if (t.used+1)*4 > len(t.stamps)*3 {
		t.rebuild()
		return t.observeFar(hash, stamp)
	}
	t.hashes[i] = hash
	t.take(i, stamp)
	return true
}

func (t *table) take(i uint64, stamp uint8) {
	t.stamps[i] = stamp
	t.used++
	t.live++
	t.hist[stamp]++
}

// rebuild drops departed entries and leaves room for half as many live ones
// again.
func (t *table) rebuild() {
	size := minSlots
	for size*3 < (t.live+t.live/2+1)*4 && size < maxSlots {
		size *= 2
	}
	hashes, stamps := t.hashes, t.stamps
	t.allocate(size)
	mask := uint64(size - 1)
	for j, stamp := range stamps {
		if stamp == 0 || !t.ring.live(stamp) {
			continue
		}
		i := hashes[j] & mask
		for t.stamps[i] != 0 {
			i = (i + 1) & mask
		}
		t.hashes[i] = hashes[j]
		t.take(i, stamp)
	}
}

// expire takes the entries of a tick that has just left the window out of the
// count.
func (t *table) expire(stamp uint8) { t.live -= int(t.hist[stamp]) }

// sweep clears departed entries in its share of the table.
func (t *table) sweep() {
	size := len(t.stamps)
	if t.used > t.live {
		steps := t.ring.sweepSteps()
		for range (size + steps - 1) / steps {
			t.sweepSlot(t.cursor)
			t.cursor = (t.cursor + 1) & (size - 1)
		}
	}
	if size > minSlots && t.live*8 < size && t.used == t.live {
		t.rebuild()
	}
}

// sweepSlot clears departed entries in slot i until a live one or none is there.
func (t *table) sweepSlot(i int) {
	for t.stamps[i] != 0 && !t.ring.live(t.stamps[i]) {
		t.hist[t.stamps[i]]--
		t.used--
		t.remove(uint64(i))
	}
}

// remove empties slot i and shifts back what probing had pushed past it
// (Knuth 6.4, algorithm R).
func (t *table) remove(i uint64) {
	mask := uint64(len(t.stamps) - 1)
	for j := i; ; {
		j = (j + 1) & mask
		if t.stamps[j] == 0 {
			break
		}
		home := t.hashes[j] & mask
		if (j-home)&mask >= (j-i)&mask {
			t.hashes[i], t.stamps[i] = t.hashes[j], t.stamps[j]
			i = j
		}
	}
	t.stamps[i] = 0
}

// seenIn counts the entries last seen in the newest k ticks.
func (t *table) seenIn(k int) int {
	n, stamp := 0, t.ring.cur
	for range k {
		n += int(t.hist[stamp])
		stamp = before(stamp)
	}
	return n
}

// each calls f for every live entry.
func (t *table) each(f func(hash uint64, stamp uint8)) {
	for i, stamp := range t.stamps {
		if stamp != 0 && t.ring.live(stamp) {
			f(t.hashes[i], stamp)
		}
	}
}

func (t *table) bytes() int { return 9*len(t.stamps) + 2*len(t.hist) }
