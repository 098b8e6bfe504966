package session

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
)

func TestRetirement_AnyOrder_BehavesLikeAMap(t *testing.T) {
	t.Parallel()
	for _, begin := range []uint32{1 << 31, 1<<32 - 3*minRing/2} { // the latter wraps around while traces are in the ring
		r := newRetirement()
		r.grow()
		r.front, r.back = begin, begin
		random := rand.New(rand.NewPCG(7, uint64(begin)))
		sessions := make([]Session, 50)
		model := map[TraceID]eventtime.Instant{}
		for now := eventtime.Instant(1); now < 100_000; now++ {
			id := numbered(random.IntN(20_000))
			e := r.find(&id)
			touched, known := model[id]
			if known != (e != nil) {
				require.Equal(t, known, e != nil, "it is there")
			}
			if known {
				if owner := &sessions[id[3]%50]; touched != e.touched || owner != r.owners.sessions[e.owner] {
					require.Equal(t, touched, e.touched)
					require.Same(t, owner, r.owners.sessions[e.owner])
				}
				r.drop(e)
				delete(model, id)
			}
			if random.IntN(3) > 0 {
				r.put(retired{id: id, touched: now, is: isRetired}, &sessions[id[3]%50])
				model[id] = now
			}
			if now%10_000 == 0 {
				r.expire(now-5_000, 1<<20)
				for id, touched := range model {
					if touched < now-5_000 {
						delete(model, id)
					}
				}
			}
			require.Equal(t, len(model), r.live)
		}
		r.expire(1<<40, 1<<20)
		assert.Zero(t, r.live)
		for i := range sessions {
			assert.Zero(t, sessions[i].owner)
		}
	}
}

func TestRetirement_TouchedOverAndOver_StaysSmall(t *testing.T) {
	t.Parallel()
	r := newRetirement()
	var s Session
	for now := eventtime.Instant(1); now < 200_000; now++ {
		id := numbered(int(now % 100))
		if e := r.find(&id); e != nil {
			r.drop(e)
		}
		r.put(retired{id: id, touched: now, is: isRetired}, &s)
	}
	assert.Equal(t, 100, r.live)
	assert.Len(t, r.ring, minRing)
	assert.Equal(t, uint32(100), r.owners.traces[s.owner])
}
