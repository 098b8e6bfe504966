package redisread

import (
	"testing"

	"go.uber.org/goleak"
)

// After a failed dial go-redis sleeps for a second before it sees that its pool was closed.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}
