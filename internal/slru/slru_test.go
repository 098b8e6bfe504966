package slru

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCache_NamesThatNeverEnd_LeaveTheRegulars(t *testing.T) {
	evicted := 0
	c := New(100, func(int, string) { evicted++ })
	for k := range 60 {
		c.Add(-k, "regular")
		c.Promote(-k)
	}
	for k := 1; k <= 10_000; k++ {
		c.Add(k, "new")
	}
	for k := range 60 {
		v, regular, ok := c.Get(-k)
		assert.True(t, ok && regular, k)
		assert.Equal(t, "regular", v)
	}
	assert.Equal(t, 100, c.Len())
	assert.Equal(t, 10_060-100, evicted)
}

func TestCache_RegularsOnly_GivesUpTheLeastRecentlyUsed(t *testing.T) {
	var gone []int
	c := New(3, func(k, _ int) { gone = append(gone, k) })
	for k := range 3 {
		c.Add(k, k)
		c.Promote(k)
	}
	c.Get(0)
	c.Add(3, 3)
	assert.Equal(t, []int{1}, gone)
	assert.Equal(t, []int{3, 2, 0}, c.Values())
	assert.Equal(t, []int{3}, c.Newcomers())
	assert.Equal(t, []int{2, 0}, c.Regulars())
	c.Add(4, 4) // one newcomer is what is left to them
	assert.Equal(t, []int{1, 3}, gone)
	c.Add(0, 10)
	v, ok := c.Peek(0)
	assert.True(t, ok)
	assert.Equal(t, 10, v)
	_, _, ok = c.Get(1)
	assert.False(t, ok)
}

func TestCache_AnythingAtAll_StaysWithinItsSize(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for size := range 6 {
		evicted := 0
		c := New(size, func(int, int) { evicted++ })
		entered := map[int]bool{}
		added := 0
		for range 2000 {
			k := random.IntN(12)
			switch random.IntN(3) {
			case 0:
				if _, known := c.Peek(k); !known {
					added++
				}
				c.Add(k, k)
				entered[k] = true
				_, known := c.Peek(k)
				assert.True(t, known, "what is added is there")
			case 1:
				c.Promote(k)
			default:
				v, _, ok := c.Get(k)
				assert.True(t, !ok || v == k && entered[k])
			}
			assert.LessOrEqual(t, c.Len(), max(size, 1))
		}
		assert.Equal(t, added, evicted+c.Len())
	}
}
