package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlaces_ManyAdded_LikeAList(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var few places
		var list []Place
		for range random.IntN(3 * maxPlacesPerSession) {
			p := Place(random.IntN(2 * maxPlacesPerSession))
			var added bool
			list, added = addPlace(list, p)
			require.Equal(t, added, few.add(p))
		}
		require.Equal(t, list, slices.Collect(few.all()))
		require.Equal(t, len(list), few.len())
	}
}

func TestTokens_ManyAdded_OnlySoMany(t *testing.T) {
	t.Parallel()
	var few tokens
	for h := tokenHash(1); h <= 2*maxTokensPerSession; h++ {
		require.Equal(t, h <= maxTokensPerSession, few.add(h))
		require.Equal(t, h <= maxTokensPerSession, few.has(h))
	}
	assert.Equal(t, maxTokensPerSession, few.len())
}

func TestTie_AnyOrder_SessionsKnowWhatTheAliasesSay(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		table := NewTable(testConfig())
		known := 0
		for range 100 {
			s := table.openVisit(fmt.Sprint("session ", random.IntN(4)), began.Add(time.Duration(random.IntN(60))*time.Second))
			if random.IntN(20) == 0 {
				table.forget(s)
			} else {
				table.tie(tokenHash(1+random.IntN(3)), s, began.Add(time.Duration(random.IntN(60))*time.Second))
			}
			for _, s := range table.sessions {
				if s.tokens.since == 0 {
					continue
				}
				known++
				require.Equal(t, alias{session: s, since: s.tokens.since}, table.aliases[s.tokens.first])
			}
		}
		require.NotZero(t, known)
	}
}
