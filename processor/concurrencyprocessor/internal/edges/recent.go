package edges

// recent is a set of prints that forgets the oldest.
type recent struct {
	in    map[uint32]struct{}
	order []uint32 // may hold removed ones
}

// add reports whether the print is new.
func (r *recent) add(p uint32, limit int) bool {
	if _, known := r.in[p]; known {
		return false
	}
	if r.in == nil {
		r.in = map[uint32]struct{}{}
	}
	r.in[p] = struct{}{}
	r.order = append(r.order, p)
	for len(r.order) > limit {
		delete(r.in, r.order[0])
		r.order = r.order[1:]
	}
	return true
}

func (r *recent) remove(p uint32) bool {
	if _, known := r.in[p]; !known {
		return false
	}
	delete(r.in, p)
	if len(r.in) == 0 {
		r.order = nil
	}
	return true
}

// list are the prints, the oldest first.
func (r *recent) list() []uint32 {
	var out []uint32
	for _, p := range r.order {
		if _, known := r.in[p]; known {
			out = append(out, p)
		}
	}
	return out
}
