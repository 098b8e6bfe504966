package sharedcore

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLoop_BeginAndEnd_StepsOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Loop
		l.End() // has not begun
		var steps, under int
		var ended <-chan struct{}
		l.Begin(time.Second, func(ctx context.Context, _ time.Time) {
			under++
			assert.Equal(t, 1, under)
			time.Sleep(1500 * time.Millisecond)
			under--
			steps++
			ended = ctx.Done()
		})
		time.Sleep(7 * time.Second) // into a step
		l.End()
		assert.Zero(t, under, "the step under way is waited for")
		<-ended
		taken := steps
		time.Sleep(time.Minute)
		assert.Equal(t, taken, steps)
		assert.Positive(t, steps)
	})
}
