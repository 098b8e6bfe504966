package transaction

import "github.com/braidotel/braid/internal/history"

// calls tells of the calls between services that the item of an index makes known: the one it answers, and those of which
// it is the caller. A call is known once both its spans are, whichever comes first, and each is told of once.
func (tr *trace) calls(index int, tell func(caller, called int)) {
	item := &tr.items[index]
	for i := range tr.items[:index] {
		earlier := &tr.items[i]
		if item.answers(earlier) {
			tell(i, index)
		}
		if earlier.answers(item) {
			tell(index, i)
		}
	}
}

// answers says whether a span is what another service did for another span, and not counted yet.
func (i *Item) answers(caller *Item) bool {
	return i.Rank == history.RankEntry && !i.again && i.Parent == caller.ID && i.Service != caller.Service && i.Service != "" && caller.Service != ""
}
