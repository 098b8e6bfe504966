package wait

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestFor_Waits_UntilTheTimeOrTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, why := time.Now(), errors.New("interrupted")
		assert.NoError(t, For(t.Context(), time.Minute))
		assert.Equal(t, time.Minute, time.Since(began))

		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		assert.ErrorIs(t, For(ctx, time.Minute), why)
		assert.Equal(t, time.Minute+time.Second, time.Since(began))
	})
}
